// Command lab brings up and takes down the lab that package dcosup/testing/lab
// describes: seven nodes for DC/OS on one machine.
//
//	lab up
//	lab ssh agent-1 sudo docker info
//	lab fresh agent-4
//	lab down
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}
