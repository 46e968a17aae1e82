# shellcheck disable=SC2034,SC2154 # shared with the other parts
[ -n "$mine" ] || die "none of this node's addresses is one that the inventory gives"
