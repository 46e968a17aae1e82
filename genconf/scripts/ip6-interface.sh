list=$(own 6 dev '@INTERFACE@')
mine=$(oldest "$list")
[ -n "$mine" ] || die 'the interface @INTERFACE@ has no IPv6 address that stays'
answer "$mine"
