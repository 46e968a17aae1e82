package pkgpanda

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dcosup/testing/lab/release/catalog"
)

// farms are the directories of links. Each may have a variant for one role, such as bin_master.
var farms = []string{"bin", "etc", "lib", "include", "dcos.target.wants"}

const target = `[Unit]
Description=All services of this node (stand-in for tests, not DC/OS)
After=network-online.target

[Install]
WantedBy=multi-user.target
`

// Activate makes exactly these packages the active ones: it joins them by links, stops the units of the former ones,
// puts the new links and units in place and starts dcos.target. Everything is made ready before anything is stopped.
// noBlock does not wait for the units to start.
func (h Host) Activate(ctx context.Context, ids []string, noBlock bool) error {
	roles, err := h.roles()
	if err != nil {
		return err
	}
	for _, farm := range farms {
		if err := h.stage(farm, ids, roles); err != nil {
			return fmt.Errorf("activate: %w", err)
		}
	}
	if err := h.stageActive(ids); err != nil {
		return fmt.Errorf("activate: %w", err)
	}
	former, err := h.installedUnits()
	if err != nil {
		return err
	}
	if err := h.stop(ctx, former); err != nil {
		return err
	}
	for _, dir := range append(slices.Clone(farms), "active") {
		if err := h.swap(dir); err != nil {
			return fmt.Errorf("activate: %w", err)
		}
	}
	for _, f := range catalog.Environment() {
		if err := os.WriteFile(h.root(f.Name), f.Body, 0o644); err != nil {
			return fmt.Errorf("activate: %w", err)
		}
	}
	if err := h.installUnits(former); err != nil {
		return fmt.Errorf("activate: %w", err)
	}
	start := []string{"start", "dcos.target"}
	if noBlock {
		start = []string{"start", "--no-block", "dcos.target"}
	}
	h.logf("starting dcos.target")
	if err := h.systemctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	if err := h.systemctl(ctx, "enable", "dcos.target"); err != nil {
		return err
	}
	return h.systemctl(ctx, start...)
}

// roles are the names of the files in /etc/mesosphere/roles.
func (h Host) roles() ([]string, error) {
	entries, err := os.ReadDir(h.etc("roles"))
	if err != nil {
		return nil, fmt.Errorf("read the node's roles: %w", err)
	}
	var roles []string
	for _, e := range entries {
		roles = append(roles, e.Name())
	}
	return roles, nil
}

// stage builds farm.new from the packages' entries for every role and for these roles.
func (h Host) stage(farm string, ids, roles []string) error {
	fresh := h.root(farm + ".new")
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return err
	}
	variants := []string{farm}
	for _, role := range roles {
		variants = append(variants, farm+"_"+role)
	}
	for _, id := range ids {
		if _, err := os.Stat(h.root("packages", id)); err != nil {
			return fmt.Errorf("package %s is not here: %w", id, err)
		}
		for _, variant := range variants {
			entries, err := os.ReadDir(h.root("packages", id, variant))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			for _, e := range entries {
				link := filepath.Join("/opt/mesosphere/packages", id, variant, e.Name())
				if err := os.Symlink(link, filepath.Join(fresh, e.Name())); err != nil {
					return fmt.Errorf("two packages have %s/%s: %w", farm, e.Name(), err)
				}
			}
		}
	}
	return nil
}

func (h Host) stageActive(ids []string) error {
	fresh := h.root("active.new")
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return err
	}
	for _, id := range ids {
		name, _, _ := strings.Cut(id, "--")
		if err := os.Symlink("/opt/mesosphere/packages/"+id, filepath.Join(fresh, name)); err != nil {
			return err
		}
	}
	return nil
}

// swap puts dir.new in the place of dir.
func (h Host) swap(dir string) error {
	old := h.root(dir + ".old")
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(h.root(dir), old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Rename(h.root(dir+".new"), h.root(dir)), os.RemoveAll(old))
}

// installedUnits are the units that dcos.target wants.
func (h Host) installedUnits() ([]string, error) {
	entries, err := os.ReadDir(h.units("dcos.target.wants"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var units []string
	for _, e := range entries {
		units = append(units, e.Name())
	}
	return units, nil
}

func (h Host) stop(ctx context.Context, units []string) error {
	if len(units) == 0 {
		return nil
	}
	return h.systemctl(ctx, append([]string{"stop", "dcos.target"}, units...)...)
}

// installUnits copies the units to systemd's directory, for systemd must be able to read them before /opt is mounted,
// and makes dcos.target want them. Units of the former packages that are no more are removed.
func (h Host) installUnits(former []string) error {
	if err := os.MkdirAll(h.units("dcos.target.wants"), 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(h.root("dcos.target.wants"))
	if err != nil {
		return err
	}
	var units []string
	for _, e := range entries {
		link, err := os.Readlink(h.root("dcos.target.wants", e.Name()))
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(h.Dir, link))
		if err != nil {
			return err
		}
		if err := os.WriteFile(h.units(e.Name()), text, 0o644); err != nil {
			return err
		}
		want := h.units("dcos.target.wants", e.Name())
		if err := os.Symlink("../"+e.Name(), want); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		units = append(units, e.Name())
	}
	for _, unit := range former {
		if !slices.Contains(units, unit) {
			if err := errors.Join(os.RemoveAll(h.units(unit)), os.RemoveAll(h.units("dcos.target.wants", unit))); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(h.units("dcos.target"), []byte(target), 0o644)
}
