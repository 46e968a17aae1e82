// Command standin is the one program of the stand-in release: the generator in the image of dcos_generate_config.sh, and
// on nodes the package manager, the check runner and every service. Like busybox it goes by the name that it is called
// by; as standin, the name is the first argument.
//
//	standin serve exhibitor     a service, until SIGTERM
//	standin genconf [flags]     the generator, on ./genconf
//	pkgpanda list               the package manager
//	dcos-check-runner check cluster
package main

import (
	"os"

	"dcosup/testing/lab/release/standin/program"
)

func main() {
	os.Exit(program.Main(os.Args, os.Stdout, os.Stderr))
}
