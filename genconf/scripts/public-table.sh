# shellcheck disable=SC2034,SC2154 # shared with the other parts
[ -z "$mine" ] || answer "$mine"
private
