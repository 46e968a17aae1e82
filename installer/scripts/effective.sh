#!/bin/sh
# Says what the install files that are served were made from: the checksums of
# the files beside config.yaml, then config.yaml. $1: the directory of the release.
set -eu
cd "$1/current"
echo "sums $(wc -l <sums)"
cat sums
cat config.yaml
