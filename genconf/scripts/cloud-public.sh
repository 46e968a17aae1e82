# shellcheck disable=SC2034,SC2154 # shared with the other parts
# Without a public address some services say 404, others nothing.
ask_public
[ "$status" != 404 ] || private
[ "$status" != 200 ] || [ -n "$body" ] || private
need
ipv4 "$body" || bad 'IPv4 address'
answer "$body"
