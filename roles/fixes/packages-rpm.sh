# shellcheck disable=SC2086 # a list of single words
keep_packages $PACKAGES
# shellcheck disable=SC2086
get install $PACKAGES
