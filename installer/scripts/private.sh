# Makes a directory that only root can look into. $1 is its path.
set -eu
mkdir -p -- "$1"
chmod 0700 -- "$1"
