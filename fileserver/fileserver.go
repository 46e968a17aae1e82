// Package fileserver serves the install files to the cluster's nodes.
package fileserver

import (
	"context"
	"io"
	"net"
	"net/netip"
)

// Options say what is served, where and to whom.
type Options struct {
	Dir    string         // the directory to serve: genconf/serve
	Listen string         // "addr:port" or ":port"; default ":8080"; used by Listen only
	Prefix string         // URL path in front of the files, the path of bootstrap_url; "" = /
	Allow  []netip.Prefix // who may read; loopback always may; everyone else gets 403
	Log    io.Writer      // one line a request; nil = none
}

// Listen opens o.Listen.
func Listen(ctx context.Context, o Options) (net.Listener, error) { panic("soon") }

// Serve answers on l until ctx ends, then lets running downloads finish for a short while. It closes l.
// It returns nil after a shutdown by ctx.
func Serve(ctx context.Context, o Options, l net.Listener) error { panic("soon") }
