# The first of the interface's addresses that stay: those that it gets later
# stand behind it.
list=$(own 4 dev '@INTERFACE@')
while read -r address _ words; do
	if [ -n "$address" ] && stays "$words"; then answer "$address"; fi
done <<END
$list
END
die 'the interface @INTERFACE@ has no IPv4 address that stays'
