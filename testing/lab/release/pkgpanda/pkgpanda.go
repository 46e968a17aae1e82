// Package pkgpanda installs, activates and removes the packages of the stand-in release on a node, as the package
// manager of the same name does: packages live side by side in /opt/mesosphere/packages, and the active ones are joined
// by directories of links, so that another version is a change of links.
//
// It unpacks with the node's tar and xz. It resolves no dependencies: a list of packages is given whole.
//
//	h := pkgpanda.Host{Systemctl: run, Log: log.Printf}
//	err := h.Setup(ctx, false) // what dcos-setup.service does
package pkgpanda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Host is the machine to work on. The zero value is the real one, without a log.
type Host struct {
	// Dir is put before every path; "" on a node.
	Dir string
	// Systemctl runs systemctl; nil: the program.
	Systemctl func(ctx context.Context, args ...string) error
	// Log is told what is done; nil: nobody.
	Log func(format string, args ...any)
	// Retry is how long to wait before a fetch is tried again; 0: a second. There are 20 tries, as many as the
	// installation gives the bootstrap archive.
	Retry time.Duration
}

const tries = 20

func (h Host) root(parts ...string) string {
	return filepath.Join(append([]string{h.Dir, "/opt/mesosphere"}, parts...)...)
}

func (h Host) etc(parts ...string) string {
	return filepath.Join(append([]string{h.Dir, "/etc/mesosphere"}, parts...)...)
}

func (h Host) units(parts ...string) string {
	return filepath.Join(append([]string{h.Dir, "/etc/systemd/system"}, parts...)...)
}

func (h Host) logf(format string, args ...any) {
	if h.Log != nil {
		h.Log(format, args...)
	}
}

func (h Host) systemctl(ctx context.Context, args ...string) error {
	if h.Systemctl != nil {
		return h.Systemctl(ctx, args...)
	}
	if out, err := exec.CommandContext(ctx, "systemctl", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// Setup makes a freshly unpacked bootstrap archive a node: it fetches the cluster's packages, activates them and
// removes the marker. On a node that is set up already it does nothing. noBlock does not wait for the units.
func (h Host) Setup(ctx context.Context, noBlock bool) error {
	marker := h.root("bootstrap")
	if _, err := os.Stat(marker); errors.Is(err, fs.ErrNotExist) {
		h.logf("nothing to set up: %s is not there", marker)
		return nil
	}
	repository, err := h.flag("repository-url")
	if err != nil {
		return err
	}
	list, err := h.flag("cluster-package-list")
	if err != nil {
		return err
	}
	var ids []string
	err = h.get(ctx, repository+"/package_lists/"+list+".package_list.json", func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&ids)
	})
	if err != nil {
		return fmt.Errorf("fetch the list of packages: %w", err)
	}
	if err := h.Fetch(ctx, repository, ids); err != nil {
		return err
	}
	if err := h.Activate(ctx, ids, noBlock); err != nil {
		return err
	}
	return os.Remove(marker)
}

func (h Host) flag(name string) (string, error) {
	text, err := os.ReadFile(h.etc("setup-flags", name))
	if err != nil {
		return "", fmt.Errorf("read what the node belongs to: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Fetch brings the packages that are not there yet, in the order given.
func (h Host) Fetch(ctx context.Context, repository string, ids []string) error {
	for _, id := range ids {
		if _, err := os.Stat(h.root("packages", id)); err == nil {
			continue
		}
		name, _, _ := strings.Cut(id, "--")
		h.logf("fetching %s", id)
		url := repository + "/packages/" + name + "/" + id + ".tar.xz"
		if err := h.get(ctx, url, func(body io.Reader) error { return h.unpack(ctx, id, body) }); err != nil {
			return fmt.Errorf("fetch package %s: %w", id, err)
		}
	}
	return nil
}

// unpack makes a package appear whole or not at all.
func (h Host) unpack(ctx context.Context, id string, body io.Reader) error {
	fresh := h.root("packages", id+".new")
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "tar", "-xJf", "-", "-C", fresh)
	cmd.Stdin = body
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("unpack: %w: %s", err, out)
	}
	return os.Rename(fresh, h.root("packages", id))
}

// statusError is an answer that is not 200.
type statusError struct {
	url    string
	status int
}

func (e *statusError) Error() string { return fmt.Sprintf("GET %s: HTTP status %d", e.url, e.status) }

// get reads url, and again after a while when that fails, except where the server says that there is no such file.
func (h Host) get(ctx context.Context, url string, read func(io.Reader) error) error {
	wait := h.Retry
	if wait == 0 {
		wait = time.Second
	}
	for try := 1; ; try++ {
		err := getOnce(ctx, url, read)
		var status *statusError
		if err == nil || try == tries || errors.As(err, &status) && status.status == http.StatusNotFound {
			return err
		}
		h.logf("try %d of %d: %v", try, tries, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func getOnce(ctx context.Context, url string, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read only
	if res.StatusCode != http.StatusOK {
		return &statusError{url, res.StatusCode}
	}
	return read(res.Body)
}

// List gives the ids of the packages that are there.
func (h Host) List() ([]string, error) {
	entries, err := os.ReadDir(h.root("packages"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasSuffix(e.Name(), ".new") {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// Active gives the ids of the active packages, sorted; none before the first activation.
func (h Host) Active() ([]string, error) {
	entries, err := os.ReadDir(h.root("active"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		target, err := os.Readlink(h.root("active", e.Name()))
		if err != nil {
			return nil, err
		}
		ids = append(ids, filepath.Base(target))
	}
	slices.Sort(ids)
	return ids, nil
}

// Uninstall stops the services and removes the packages, the units and what else the activation made. It leaves
// /etc/mesosphere and the services' data alone, as the real command does.
func (h Host) Uninstall(ctx context.Context) error {
	units, err := h.installedUnits()
	if err != nil {
		return err
	}
	if err := h.stop(ctx, units); err != nil {
		h.logf("going on: %v", err)
	}
	for _, unit := range units {
		if err := os.Remove(h.units(unit)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err = errors.Join(
		os.RemoveAll(h.units("dcos.target")),
		os.RemoveAll(h.units("dcos.target.wants")),
		os.RemoveAll(h.units("multi-user.target.wants", "dcos.target")),
	)
	entries, readErr := os.ReadDir(h.root())
	if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
		err = errors.Join(err, readErr)
	}
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(h.root(e.Name())))
	}
	return errors.Join(err, h.systemctl(ctx, "daemon-reload"))
}
