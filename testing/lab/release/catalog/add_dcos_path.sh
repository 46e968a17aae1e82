#!/bin/sh
# Sourced by login shells through /etc/profile.d/dcos.sh.
export PATH="${PATH}:/opt/mesosphere/bin"
