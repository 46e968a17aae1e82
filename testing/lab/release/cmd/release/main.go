// Command release builds the stand-in release: see package dcosup/testing/lab/release.
//
//	go run ./testing/lab/release/cmd/release -out .lab/release/dcos_generate_config.sh
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"dcosup/testing/lab/release"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	o := release.Options{Log: func(format string, args ...any) { _, _ = fmt.Fprintf(stderr, format+"\n", args...) }}
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.Out, "out", "dcos_generate_config.sh", "write the release to this `file`")
	flags.StringVar(&o.Version, "version", "2.1.0", "the `version` that the release says it is")
	flags.Int64Var(&o.PayloadBytes, "payload", 50_000_000, "`bytes` of incompressible data in the packages; -1: none")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	built, err := release.Build(ctx, o)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	_, _ = fmt.Fprintf(stdout, "%s  %s\n", built.SHA256, built.Path)
	return 0
}
