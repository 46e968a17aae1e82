// Package release builds the stand-in release: a dcos_generate_config.sh that keeps to the interface of DC/OS's
// installer and installs stand-in services. It is for tests where the real one cannot be had, and says so wherever a
// person could take it for DC/OS.
//
// The file is a shell script with a Docker image behind it. Building it needs the Go toolchain and no Docker. It does
// not install anything: that is the file's own business, on a bootstrap node.
//
//	built, err := release.Build(ctx, release.Options{Out: ".lab/release/dcos_generate_config.sh"})
//	fmt.Println(built.SHA256)
package release

import (
	"bufio"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"dcosup/testing/lab/release/archive"
	"dcosup/testing/lab/release/catalog"
)

//go:embed generate_config.sh
var script string

const (
	defaultVersion = "2.1.0"
	// defaultPayload keeps a lab's install to seconds and is still enough to see a transfer: 50 MB.
	defaultPayload = 50_000_000
	marker         = "#PAYLOAD#\n"
)

// Options say what to build. Only Out is needed.
type Options struct {
	// Out is the path of the file to write. Its directory is made.
	Out string
	// Version is DC/OS's version that the release says it is; "": 2.1.0. The rules are those of 2.1 in any case.
	Version string
	// PayloadBytes is how much incompressible data the packages hold together; 0: 50 MB, negative: none.
	PayloadBytes int64
	// Module is a directory inside this module, where the stand-in's program is built; "": the working directory.
	Module string
	// Log is told what is done; nil: nobody.
	Log func(format string, args ...any)
}

// Built is a release that is there.
type Built struct {
	Path string
	// SHA256 of the file, in hexadecimal.
	SHA256 string
	// Size in bytes.
	Size int64
}

// Build writes the release, or finds that the file at Out is already the one that would be written. The same sources,
// Go version and options give the same bytes.
func Build(ctx context.Context, o Options) (Built, error) {
	o = o.filled()
	if o.Out == "" {
		return Built{}, errors.New("build the stand-in release: no path to write it to was given")
	}
	work, err := os.MkdirTemp("", "stand-in-release-")
	if err != nil {
		return Built{}, fmt.Errorf("build the stand-in release: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }() // a temporary directory that stays harms nobody
	runtime, err := compile(ctx, o, work)
	if err != nil {
		return Built{}, err
	}
	r := newParts(o, runtime)
	if built, ok := reuse(o.Out, r.inputs()); ok {
		o.Log("stand-in release %s is up to date", o.Out)
		return built, nil
	}
	o.Log("writing stand-in release %s: version %s, %d packages, %d MB of payload", o.Out, o.Version, len(r.packages),
		o.PayloadBytes/1_000_000)
	built, err := r.write(ctx, o.Out, work)
	if err != nil {
		return Built{}, fmt.Errorf("build the stand-in release: %w", err)
	}
	return built, nil
}

func (o Options) filled() Options {
	if o.Version == "" {
		o.Version = defaultVersion
	}
	if o.PayloadBytes == 0 {
		o.PayloadBytes = defaultPayload
	}
	o.PayloadBytes = max(o.PayloadBytes, 0)
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

// compile builds the program that runs in the image and on the nodes.
func compile(ctx context.Context, o Options, work string) ([]byte, error) {
	out := filepath.Join(work, "standin")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=",
		"-o", out, "dcosup/testing/lab/release/standin")
	cmd.Dir = o.Module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the stand-in's program: %w\n%s", err, text)
	}
	return os.ReadFile(out)
}

// parts is everything that goes into the file, before it is written.
type parts struct {
	source    catalog.Source
	packages  []catalog.Package
	bootstrap []archive.File
	manifest  catalog.Manifest
}

func newParts(o Options, runtime []byte) parts {
	source := catalog.Source{Runtime: runtime, Payload: o.PayloadBytes}
	r := parts{source: source, packages: catalog.Packages(source), bootstrap: catalog.Bootstrap(source)}
	r.manifest = catalog.Manifest{Version: o.Version, BootstrapID: archive.ID(r.bootstrap)}
	content := sha256.New()
	for _, p := range r.packages {
		r.manifest.Packages = append(r.manifest.Packages, p.ID())
		if p.Name == catalog.RuntimePackage {
			r.manifest.Active = []string{p.ID()}
		}
	}
	_, _ = fmt.Fprintln(content, o.Version, r.manifest.BootstrapID, r.manifest.Packages) // a hash takes everything
	r.manifest.Commit = hex.EncodeToString(content.Sum(nil))[:40]
	return r
}

// inputs names what the file is made from: when it is the same, so is the file.
func (r parts) inputs() string {
	sum := sha256.Sum256([]byte(script + r.manifest.Commit + r.manifest.BootstrapID))
	return hex.EncodeToString(sum[:])
}

// name is that of the image's tar, without the ending.
func (r parts) name() string {
	return "dcos-genconf." + r.manifest.Commit[:18] + "-" + r.manifest.BootstrapID[:18]
}

func (r parts) image() string {
	return "dcos-genconf-standin:" + r.manifest.Commit[:18] + "-" + r.manifest.BootstrapID[:18]
}

// header is the script, up to and with the marker line.
func (r parts) header(payload string) string {
	return strings.NewReplacer("@INPUTS@", r.inputs(), "@PAYLOAD@", payload, "@IMAGE@", r.image(), "@TAR@", r.name()+".tar",
		"@COMMIT@", r.manifest.Commit, "@BOOTSTRAP_ID@", r.manifest.BootstrapID).Replace(script)
}

// reuse looks whether path is the release made from inputs, whole.
func reuse(path, inputs string) (Built, bool) {
	f, err := os.Open(path)
	if err != nil {
		return Built{}, false
	}
	defer func() { _ = f.Close() }() // read only
	whole, payload := sha256.New(), sha256.New()
	in := bufio.NewReader(io.TeeReader(f, whole))
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\n"+marker) {
		line, err := in.ReadString('\n')
		if err != nil || head.Len() > 1<<16 {
			return Built{}, false
		}
		head.WriteString(line)
	}
	size, err := io.Copy(payload, in)
	if err != nil || !strings.Contains(head.String(), "\n# inputs "+inputs+"\n") ||
		!strings.Contains(head.String(), "\n# payload "+sum(payload)+"\n") {
		return Built{}, false
	}
	return Built{Path: path, SHA256: sum(whole), Size: int64(head.Len()) + size}, true
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
