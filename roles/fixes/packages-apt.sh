# shellcheck disable=SC2086 # a list of single words
get $PACKAGES
