package pkgpanda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dcosup/testing/lab/release/archive"
	"dcosup/testing/lab/release/pkgpanda"

	"github.com/google/go-cmp/cmp"
)

// machine is a node below a temporary directory, with a server of packages and a systemctl that only notes its calls.
type machine struct {
	t    *testing.T
	host pkgpanda.Host
	url  string

	served  map[string][]byte
	asked   []string // paths asked for, in order
	broken  int      // requests to be refused before the server works
	systemd []string // calls of systemctl
}

func newMachine(t *testing.T, role string) *machine {
	t.Helper()
	m := &machine{t: t, served: map[string][]byte{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked = append(m.asked, r.URL.Path)
		if m.broken > 0 {
			m.broken--
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		body, ok := m.served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	m.url = server.URL
	m.host = pkgpanda.Host{Dir: t.TempDir(), Retry: time.Millisecond, Systemctl: func(_ context.Context, args ...string) error {
		m.systemd = append(m.systemd, strings.Join(args, " "))
		return nil
	}}
	m.write("/opt/mesosphere/bootstrap", "")
	m.write("/opt/mesosphere/packages/README", "")
	m.write("/etc/mesosphere/roles/"+role, "")
	m.write("/etc/mesosphere/setup-flags/repository-url", m.url+"\n")
	m.write("/etc/mesosphere/setup-flags/cluster-package-list", "list1\n")
	return m
}

func (m *machine) write(path, text string) {
	m.t.Helper()
	full := filepath.Join(m.host.Dir, path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(text), 0o644)); err != nil {
		m.t.Fatal(err)
	}
}

// serve offers packages, given as id and the paths of their files, under list1.
func (m *machine) serve(packages map[string][]string) []string {
	m.t.Helper()
	var ids []string
	for id, paths := range packages {
		ids = append(ids, id)
		var files []archive.File
		for _, path := range paths {
			files = append(files, archive.File{Name: path, Body: []byte(id + " " + path)})
		}
		var packed bytes.Buffer
		x := archive.NewXZ(&packed)
		if err := errors.Join(archive.Tar(x, files), x.Close()); err != nil {
			m.t.Fatal(err)
		}
		name, _, _ := strings.Cut(id, "--")
		m.served["/packages/"+name+"/"+id+".tar.xz"] = packed.Bytes()
	}
	slices.Sort(ids)
	list, err := json.Marshal(ids)
	if err != nil {
		m.t.Fatal(err)
	}
	m.served["/package_lists/list1.package_list.json"] = list
	return ids
}

// files lists what is below dir, links with their targets.
func (m *machine) files(dir string) []string {
	m.t.Helper()
	var found []string
	root := filepath.Join(m.host.Dir, dir)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if target, linkErr := os.Readlink(path); linkErr == nil {
			rel += " -> " + target
		}
		found = append(found, rel)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Fatal(err)
	}
	return found
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) same(what string, want, got []string) {
	m.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func firstRelease() map[string][]string {
	return map[string][]string{
		"mesos--1": {"bin/mesos", "dcos.target.wants_master/dcos-mesos-master.service", "dcos.target.wants_slave/dcos-mesos-slave.service"},
		"net--1":   {"dcos.target.wants/dcos-net.service", "etc/net.json", "etc_slave/only-agents.json"},
	}
}

func TestSetupOfAMaster(t *testing.T) {
	m := newMachine(t, "master")
	m.serve(firstRelease())
	m.must(m.host.Setup(t.Context(), true))

	m.same("asked of the server", []string{"/package_lists/list1.package_list.json", "/packages/mesos/mesos--1.tar.xz",
		"/packages/net/net--1.tar.xz"}, m.asked)
	m.same("bin", []string{"mesos -> /opt/mesosphere/packages/mesos--1/bin/mesos"}, m.files("/opt/mesosphere/bin"))
	m.same("etc without the agents' part", []string{"net.json -> /opt/mesosphere/packages/net--1/etc/net.json"}, m.files("/opt/mesosphere/etc"))
	m.same("units", []string{
		"dcos-mesos-master.service",
		"dcos-net.service",
		"dcos.target",
		"dcos.target.wants/dcos-mesos-master.service -> ../dcos-mesos-master.service",
		"dcos.target.wants/dcos-net.service -> ../dcos-net.service",
	}, m.files("/etc/systemd/system"))
	m.same("systemctl", []string{"daemon-reload", "enable dcos.target", "start --no-block dcos.target"}, m.systemd)
	active, err := m.host.Active()
	m.must(err)
	m.same("active", []string{"mesos--1", "net--1"}, active)

	m.asked, m.systemd = nil, nil
	m.must(m.host.Setup(t.Context(), true))
	m.same("a second setup asks", nil, m.asked)
	m.same("a second setup calls systemctl", nil, m.systemd)
}

func TestAnotherVersion(t *testing.T) {
	m := newMachine(t, "slave")
	m.serve(firstRelease())
	m.must(m.host.Setup(t.Context(), false))
	m.systemd, m.asked = nil, nil

	ids := m.serve(map[string][]string{
		"mesos--2": {"bin/mesos", "dcos.target.wants_slave/dcos-mesos-slave.service"},
		"net--1":   {"dcos.target.wants/dcos-net.service", "etc/net.json"},
		"log--1":   {"dcos.target.wants/dcos-log.service"},
	})
	delete(m.served, "/packages/net/net--1.tar.xz") // is there already
	m.must(m.host.Fetch(t.Context(), m.url, ids))
	m.must(m.host.Activate(t.Context(), ids, false))

	m.same("fetched", []string{"/packages/log/log--1.tar.xz", "/packages/mesos/mesos--2.tar.xz"}, m.asked)
	m.same("bin", []string{"mesos -> /opt/mesosphere/packages/mesos--2/bin/mesos"}, m.files("/opt/mesosphere/bin"))
	m.same("systemctl", []string{"stop dcos.target dcos-mesos-slave.service dcos-net.service", "daemon-reload",
		"enable dcos.target", "start dcos.target"}, m.systemd)
	installed, err := m.host.List()
	m.must(err)
	m.same("installed side by side", []string{"log--1", "mesos--1", "mesos--2", "net--1"}, installed)

	m.must(m.host.Activate(t.Context(), []string{"net--1"}, false))
	m.same("units after going back", []string{"dcos-net.service", "dcos.target", "dcos.target.wants/dcos-net.service -> ../dcos-net.service"},
		m.files("/etc/systemd/system"))
}

func TestActivateIsRefusedBeforeAnythingStops(t *testing.T) {
	for name, ids := range map[string][]string{
		"a package that is not there": {"mesos--1", "gone--1"},
		"two with the same file":      {"mesos--1", "clash--1"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "master")
			release := firstRelease()
			m.serve(release)
			m.must(m.host.Setup(t.Context(), false))
			m.serve(map[string][]string{"clash--1": {"bin/mesos"}})
			m.must(m.host.Fetch(t.Context(), m.url, []string{"clash--1"}))
			m.systemd = nil
			if err := m.host.Activate(t.Context(), ids, false); err == nil {
				t.Fatal("activated")
			}
			m.same("systemctl", nil, m.systemd)
			active, err := m.host.Active()
			m.must(err)
			m.same("still active", []string{"mesos--1", "net--1"}, active)
		})
	}
}

func TestFetchTriesAgain(t *testing.T) {
	m := newMachine(t, "master")
	m.serve(firstRelease())
	m.broken = 3
	m.must(m.host.Setup(t.Context(), false))
	if got := len(m.asked); got != 6 {
		t.Errorf("%d requests, want 3 refused and 3 answered", got)
	}

	missing := m.host.Fetch(t.Context(), m.url, []string{"none--1"})
	if missing == nil || !strings.Contains(missing.Error(), "none--1") || !strings.Contains(missing.Error(), "404") {
		t.Errorf("got %v, want the package and the status", missing)
	}
	if got := len(m.asked); got != 7 {
		t.Errorf("a file that is not there was asked for %d times, want once", got-6)
	}
	m.served["/packages/bad/bad--1.tar.xz"] = []byte("not an archive")
	ctx, cancel := context.WithCancel(t.Context())
	m.host.Log = func(string, ...any) {
		if len(m.asked) > 9 {
			cancel()
		}
	}
	if err := m.host.Fetch(ctx, m.url, []string{"bad--1"}); err == nil {
		t.Error("a broken archive was taken")
	}
	installed, err := m.host.List()
	m.must(err)
	m.same("installed", []string{"mesos--1", "net--1"}, installed)
}

func TestUninstall(t *testing.T) {
	m := newMachine(t, "master")
	m.serve(firstRelease())
	m.must(m.host.Setup(t.Context(), false))
	m.write("/etc/systemd/system/sshd.service", "not ours")
	m.systemd = nil
	for range 2 { // a second time finds nothing and is content
		m.must(m.host.Uninstall(t.Context()))
	}
	m.same("units", []string{"sshd.service"}, m.files("/etc/systemd/system"))
	m.same("packages", nil, m.files("/opt/mesosphere"))
	m.same("systemctl", []string{"stop dcos.target dcos-mesos-master.service dcos-net.service", "daemon-reload", "daemon-reload"}, m.systemd)
}

func TestCommand(t *testing.T) {
	m := newMachine(t, "master")
	m.serve(firstRelease())
	for _, test := range []struct {
		line, want string
	}{
		{"fetch --repository-url=" + m.url + " mesos--1 net--1", ""},
		{"list", "mesos--1\nnet--1\n"},
		{"active", ""},
		{"activate --no-block mesos--1", ""},
		{"active", "mesos--1\n"},
		{"uninstall", ""},
	} {
		var out strings.Builder
		if err := pkgpanda.Command(t.Context(), m.host, strings.Fields(test.line), &out); err != nil {
			t.Fatalf("%s: %v", test.line, err)
		}
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
	for _, line := range []string{"", "swap", "--no-block"} {
		if err := pkgpanda.Command(t.Context(), m.host, strings.Fields(line), nil); !errors.Is(err, pkgpanda.ErrUsage) {
			t.Errorf("%q: got %v, want the usage", line, err)
		}
	}
}
