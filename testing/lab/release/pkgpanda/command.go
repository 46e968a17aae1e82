package pkgpanda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrUsage is a command line that is none of pkgpanda's.
var ErrUsage = errors.New("usage: pkgpanda setup [--no-block-systemd] | fetch --repository-url=URL ID... | " +
	"activate [--no-block] ID... | list | active | uninstall   (stand-in release, not DC/OS)")

// Command runs one pkgpanda command line on h and writes what it answers to out.
func Command(ctx context.Context, h Host, args []string, out io.Writer) error {
	options := map[string]string{}
	var words []string
	for _, arg := range args {
		if name, ok := strings.CutPrefix(arg, "--"); ok {
			name, value, _ := strings.Cut(name, "=")
			options[name] = value
			continue
		}
		words = append(words, arg)
	}
	if len(words) == 0 {
		return ErrUsage
	}
	_, noBlock := options["no-block"]
	_, noBlockSystemd := options["no-block-systemd"]
	switch command, ids := words[0], words[1:]; command {
	case "setup":
		return h.Setup(ctx, noBlockSystemd)
	case "fetch":
		return h.Fetch(ctx, options["repository-url"], ids)
	case "activate":
		return h.Activate(ctx, ids, noBlock || noBlockSystemd)
	case "list":
		return print(out)(h.List())
	case "active":
		return print(out)(h.Active())
	case "uninstall":
		return h.Uninstall(ctx)
	}
	return ErrUsage
}

func print(out io.Writer) func([]string, error) error {
	return func(ids []string, err error) error {
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := fmt.Fprintln(out, id); err != nil {
				return err
			}
		}
		return nil
	}
}
