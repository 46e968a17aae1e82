# shellcheck disable=SC2034,SC2154 # shared with the other parts
answer "$mine"
