# Says the size and the sha256 of the file $1. Exit codes: 66 there is none, 65 it is no file.
if [ ! -e "$1" ]; then exit 66; fi
if [ ! -f "$1" ]; then exit 65; fi
set -e
sum=$(sha256sum <"$1" | cut -c 1-64)
echo "$(wc -c <"$1") $sum"
