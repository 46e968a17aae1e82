package cli

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"dcosup/fileserver"
)

// newServe is what apply starts on the bootstrap node.
func newServe(a *app) *cobra.Command {
	var o fileserver.Options
	var allow []string
	var limit time.Duration
	cmd := &cobra.Command{
		Use:    "serve",
		Short:  "Serve install files (apply runs this on the bootstrap node)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, text := range allow {
				prefix, err := parsePrefix(text)
				if err != nil {
					return fmt.Errorf("--allow: %w", err)
				}
				o.Allow = append(o.Allow, prefix)
			}
			ctx := cmd.Context()
			if limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, limit)
				defer cancel()
			}
			return a.serve(ctx, o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.Dirs, "dir", nil, "a directory to serve; of several, a file comes from the first that has it")
	flags.StringVar(&o.Listen, "listen", ":8080", "address and port to listen on")
	flags.StringVar(&o.Prefix, "prefix", "", "path in front of the files")
	flags.StringSliceVar(&allow, "allow", nil, "addresses or networks that may fetch; this machine always may")
	flags.DurationVar(&limit, "for", 0, "end after this long (0: serve until stopped)")
	_ = cmd.MarkFlagRequired("dir")
	return cmd
}

// serve runs until the context ends or a first signal asks it to stop.
func (a *app) serve(ctx context.Context, o fileserver.Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	o.Log = a.Stdout
	listener, err := fileserver.Listen(ctx, o)
	if err != nil {
		return err
	}
	return fileserver.Serve(ctx, o, listener)
}

// parsePrefix reads a network, or an address as the network of just itself.
func parsePrefix(text string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(address, address.BitLen()), nil
}
