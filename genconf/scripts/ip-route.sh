# The address by which this node reaches the first master. On that master itself
# the route is local, and begins at the address asked for.
route=$(ip -o -4 route get '@MASTER@' 2>&1) || die "no route to the master @MASTER@: $route"
mine=$(behind src "$route")
[ -n "$mine" ] || die "the route to the master @MASTER@ names no source address: $route"
answer "$mine"
