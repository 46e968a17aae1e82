# shellcheck disable=SC2034,SC2154 # shared with the other parts
ask_private
need
ipv4 "$body" || bad 'IPv4 address'
answer "$body"
