#!/bin/sh
# Says which package list the install files have that were made last, published
# or not. $1: the directory of the release.
set -eu
cd "$1"
list=genconf/serve/cluster-package-list.latest
[ -f "$list" ] || list=current/serve/cluster-package-list.latest
head -n 1 "$list"
