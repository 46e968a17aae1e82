package main

import (
	"os"

	"dcosup/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], cli.World{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}))
}
