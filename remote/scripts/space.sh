# Says how much of the part $1 is there, how many bytes are free beside it, and in which directory. Gaps do not count:
# what concurrent writes left out would be written still.
set -eu
dir=$(dirname -- "$1")
have=$(du -k -- "$1" | awk '{ printf "%.0f", $1 * 1024 }')
free=$(df -P -k -- "$dir" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
echo "$have $free $dir"
