// Package bench measures what a run of dcosup costs, as a ratio to the same
// work done without it on the same nodes, in the same minutes: the same scripts,
// started over ssh by hand in the best order.
//
// The benchmarks need a lab of seven nodes and carry the build tag lab. Without
// the tag the package only reads and shows the times of a run's stages. It
// judges no time: whether a ratio is good is for a person to say, on a machine
// that does nothing else.
//
//	go test -tags lab -run '^$' -bench . -timeout 30m ./testing/bench
//
// See README.md for what is compared with what.
package bench
