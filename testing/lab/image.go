package lab

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// imagePrefix is the repository of all images that labs are made of.
const imagePrefix = "dcosup-lab/"

// image holds the Dockerfile and, under node/, the files of every node.
//
//go:embed image
var image embed.FS

// recipe is all that goes into the images of the nodes. Equal recipes make
// equal images, and have the same tag.
type recipe struct {
	files   map[string][]byte // build context by path
	tag     string            // of all files
	baseTag string            // of those that come from the machine
}

// newRecipe joins the embedded files and what the nodes need of the machine
// whose root is given: its mirror, the mirror's keyring and apt's settings.
func newRecipe(root fs.FS, m mirror, settings string) (recipe, error) {
	r := recipe{files: map[string][]byte{
		"node/etc/apt/sources.list.d/debian.sources": []byte(m.sources()),
	}}
	if settings != "" {
		r.files["node/etc/apt/apt.conf.d/90lab"] = []byte(settings)
	}
	if m.Keyring != defaultKeyring {
		data, err := fs.ReadFile(root, strings.TrimPrefix(m.Keyring, "/"))
		if err != nil {
			return r, fmt.Errorf("reading the keyring of %s: %w", m.Main, err)
		}
		r.files["node"+m.Keyring] = data
	}
	r.baseTag = r.hash()
	err := fs.WalkDir(image, "image", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := image.ReadFile(name)
		r.files[strings.TrimPrefix(name, "image/")] = data
		return err
	})
	if err != nil {
		return r, fmt.Errorf("reading the files of the nodes: %w", err)
	}
	r.tag = r.hash()
	return r, nil
}

// hash identifies the files that the recipe has so far.
func (r recipe) hash() string {
	sum := sha256.New()
	for _, name := range r.names() {
		fmt.Fprintf(sum, "%s %d\n", name, len(r.files[name]))
		sum.Write(r.files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

func (r recipe) names() []string {
	var names []string
	for name := range r.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r recipe) image(f Flavour) string { return imagePrefix + string(f) + ":" + r.tag }

func (r recipe) base() string { return imagePrefix + "base:" + r.baseTag }

// context returns the recipe as `docker build` reads it from standard input.
func (r recipe) context() ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	var failed error
	for _, name := range r.names() {
		failed = errors.Join(failed, addFile(w, name, r.files[name], 0o644))
	}
	return b.Bytes(), errors.Join(failed, w.Close())
}

// addFile adds a file of root's, with a date that never changes: it is part of
// what the builder compares with its cache.
func addFile(w *tar.Writer, name string, data []byte, mode int64) error {
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path.Clean(name), Size: int64(len(data)), Mode: mode, ModTime: time.Unix(0, 0)})
	if err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	return nil
}

// ensureImages builds the images of the lab's nodes that are missing, and sets
// each node's.
func (l *Lab) ensureImages(ctx context.Context) error {
	root := os.DirFS("/")
	m := machineMirror(root, os.Getenv(MirrorVariable))
	if m.Main == "" {
		return errNoMirror
	}
	r, err := newRecipe(root, m, aptSettings(ctx))
	if err != nil {
		return err
	}
	for _, n := range l.nodes {
		n.image = r.image(n.place.Flavour)
	}
	if l.missingImages(ctx) == nil {
		return nil
	}
	done, err := l.lockImages(ctx)
	if err != nil {
		return err
	}
	defer done()
	missing := l.missingImages(ctx)
	if missing == nil {
		return nil
	}
	if err := l.ensureBase(ctx, r, m); err != nil {
		return err
	}
	tarball, err := r.context()
	if err != nil {
		return err
	}
	for _, flavour := range missing {
		l.opts.Log("image %s: building (packages from %s)", r.image(flavour), m.Main)
		// The builder's own network may have no way to the mirror.
		_, err := l.eng.run(ctx, bytes.NewReader(tarball), "build", "--network=host", "--build-arg=BASE="+r.base(),
			"--target="+string(flavour), "--tag="+r.image(flavour), "-")
		if err != nil {
			return err
		}
	}
	return nil
}

// missingImages are the flavours of the lab's nodes that have no image yet.
func (l *Lab) missingImages(ctx context.Context) (missing []Flavour) {
	for _, n := range l.nodes {
		if !slices.Contains(missing, n.place.Flavour) && !l.hasImage(ctx, n.image) {
			missing = append(missing, n.place.Flavour)
		}
	}
	return missing
}

// lockImages waits until no other lab on this machine builds images: labs that
// come up at the same time need the same ones.
func (l *Lab) lockImages(ctx context.Context) (done func(), err error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "dcosup-lab-images.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("waiting for other labs: %w", err)
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		return func() { f.Close() }, nil
	}
	l.opts.Log("another lab is building images: waiting for it")
	locked := make(chan error, 1)
	go func() { locked <- unix.Flock(int(f.Fd()), unix.LOCK_EX) }()
	select {
	case err = <-locked:
	case <-ctx.Done():
		go func() { <-locked; f.Close() }()
		return nil, context.Cause(ctx)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("waiting for other labs: %w", err)
	}
	return func() { f.Close() }, nil
}

func (l *Lab) hasImage(ctx context.Context, name string) bool {
	_, err := l.eng.run(ctx, nil, "image", "inspect", name)
	return err == nil
}

// pullPatience is how long a registry may take before packages are used
// instead: the image has 50 MB, and the other way takes half a minute.
const pullPatience = time.Minute

// ensureBase gets a minimal Debian: from a registry when one answers, else from
// packages.
func (l *Lab) ensureBase(ctx context.Context, r recipe, m mirror) error {
	if l.hasImage(ctx, r.base()) {
		return nil
	}
	pulling, cancel := context.WithTimeout(ctx, pullPatience)
	defer cancel()
	l.opts.Log("image %s: pulling debian:12", r.base())
	_, err := l.eng.run(pulling, nil, "pull", "--quiet", "debian:12")
	if err == nil {
		_, err = l.eng.run(ctx, nil, "tag", "debian:12", r.base())
		return err
	}
	l.opts.Log("image %s: %v; making it from packages of %s", r.base(), err, m.Main)
	return l.bootstrapBase(ctx, r, m)
}

// bootstrapBase makes the base image with mmdebstrap.
func (l *Lab) bootstrapBase(ctx context.Context, r recipe, m mirror) error {
	dir, err := os.MkdirTemp("", "dcosup-lab-base-")
	if err != nil {
		return fmt.Errorf("making the base image: %w", err)
	}
	defer os.RemoveAll(dir)
	sources, tarball := filepath.Join(dir, "debian.sources"), filepath.Join(dir, "base.tar")
	if err := writeFile(sources, []byte(m.sources()), 0o644); err != nil {
		return err
	}
	args := []string{"--quiet", "--variant=minbase"}
	for line := range strings.Lines(string(r.files["node/etc/apt/apt.conf.d/90lab"])) {
		args = append(args, "--aptopt="+strings.TrimSuffix(strings.TrimSpace(line), ";"))
	}
	_, err = runCommand(exec.CommandContext(ctx, "mmdebstrap", append(args, suite, tarball, sources)...), nil)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("making the base image without a registry: %w: testing/lab/prepare.sh mmdebstrap installs it", err)
	}
	if err != nil {
		return fmt.Errorf("making the base image: %w", err)
	}
	_, err = l.eng.run(ctx, nil, "import", tarball, r.base())
	return err
}
