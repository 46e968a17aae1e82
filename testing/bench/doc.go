// Package bench measures what a run of dcosup costs, as a ratio to the same
// work done without it on the same nodes, in the same minutes: the same scripts,
// started over ssh by hand in the best order, on a lab; and the same job done by
// Ansible, mitogen, clush and pssh, on a farm of OpenSSH servers.
//
// The benchmarks carry the build tag lab; those on a farm need no Docker. Without
// the tag the package only reads and shows times. It judges none: whether a ratio
// is good is for a person to say, on a machine that does nothing else.
//
//	go test -tags lab -run '^$' -bench . -timeout 90m ./testing/bench
//
// See README.md for what is compared with what.
package bench
