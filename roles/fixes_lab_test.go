//go:build lab

package roles_test

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcosup/roles"
	"dcosup/testing/lab"
	"dcosup/testing/lab/tried"
)

//go:embed testdata/mirror.sh
var mirrorScript string

// TestFixesOnNodes has the fixes do their work as an inventory says: with a mirror of
// Docker's repository, in one version or another, with files where no repository can
// be reached, and with time servers. The mirror and its packages are real, but small:
// see testdata/mirror.sh.
func TestFixesOnNodes(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{
		Dir: t.TempDir(), Name: "dcosup-fixes-test", Nodes: []string{"bootstrap", "agent-1", "agent-2", "agent-3"},
		Flavours:     map[string]lab.Flavour{"agent-1": lab.RedHat, "agent-2": lab.Flatcar, "agent-3": lab.Bare},
		ReleaseBytes: -1, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	m := newMirror(t, l)
	debian, redhat, flatcar := connect(t, l, "agent-3"), connect(t, l, "agent-1"), connect(t, l, "agent-2")
	t.Run("nodes", func(t *testing.T) {
		t.Run("Debian", func(t *testing.T) {
			t.Parallel()
			m.trusted(t, debian)
			debian.choices(t, m.debian())
			debian.times(t, "/etc/chrony/chrony.conf", "chrony", m.address)
		})
		t.Run("Red Hat", func(t *testing.T) {
			t.Parallel()
			m.trusted(t, redhat)
			redhat.on(t, "rm /etc/yum.repos.d/docker-ce.repo") // the lab's own
			redhat.choices(t, m.redhat())
			redhat.times(t, "/etc/chrony.conf", "chronyd", m.address)
		})
		t.Run("Flatcar", func(t *testing.T) {
			t.Parallel()
			flatcar.timesyncd(t, m.address)
		})
	})
}

// mirror is a node that serves packages as Docker does.
type mirror struct {
	address, https, http string
	ca, right, wrong     string // a certificate, and files with keys on this machine
	debs, rpms           []string
}

func newMirror(t *testing.T, l *lab.Lab) mirror {
	t.Helper()
	n := l.Node("bootstrap")
	m := mirror{address: n.Address().String()}
	m.https, m.http = "https://"+m.address+":8443", "http://"+m.address+":8081"
	if _, err := n.Exec(t.Context(), "set -- "+m.address+"\n"+mirrorScript); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fetch := func(path string) string {
		t.Helper()
		text, err := n.Exec(t.Context(), "cat '"+path+"'")
		file := filepath.Join(dir, filepath.Base(path))
		if err == nil {
			err = os.WriteFile(file, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	ca, err := os.ReadFile(fetch("/srv/ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	m.ca, m.right, m.wrong = string(ca), fetch("/srv/right.gpg"), fetch("/srv/wrong.gpg")
	list, err := n.Exec(t.Context(), "cd /srv/mirror && find . -name '*20.10.24*' -o -name 'containerd.io*'")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(list) {
		if file := fetch("/srv/mirror/" + path); strings.HasSuffix(file, ".deb") {
			m.debs = append(m.debs, file)
		} else {
			m.rpms = append(m.rpms, file)
		}
	}
	return m
}

// trusted makes the node believe the mirror's certificate, as a company's would be.
func (m mirror) trusted(t *testing.T, n node) {
	n.on(t, "cat >>/etc/ssl/certs/ca-certificates.crt <<'END'\n"+m.ca+"END")
}

// choice is a Docker that an inventory asks for, on a node that has another or none.
type choice struct {
	name   string
	before string // script
	docker roles.DockerFix
	id     string // of the requirement that is not met; "": docker-installed
	found  string // default: not installed
	words  string // of what is done
	fails  string // what the fix says when it cannot help
	then   string // script that succeeds when the node is as it should be
	repair string // script that takes back what was done before
}

// stop is what packages of a test do not do when they are removed.
const stop = "systemctl stop docker.socket docker.service containerd.service"

func (m mirror) debian() []choice {
	const remove = stop + "\napt-get -q -y purge docker-ce docker-ce-cli containerd.io"
	host := strings.TrimPrefix(m.https, "https://")
	return []choice{
		{
			name: "signed by another key", docker: roles.DockerFix{Source: m.https, Key: m.wrong}, words: "install Docker from " + host,
			fails: "the repository is taken away again", then: "! ls /etc/apt/sources.list.d/dcosup* /etc/apt/keyrings/dcosup*\napt-get -q update",
		},
		{
			name: "a version that there is not", docker: roles.DockerFix{Source: m.https, Version: "17.03"}, words: "install Docker 17.03 from " + host,
			fails: "there is no docker-ce 17.03; there is: 23.0.6 20.10.24", then: "! dpkg -s docker-ce",
		},
		{
			name: "the beginning of a version", docker: roles.DockerFix{Source: m.https, Version: "20.10"}, words: "install Docker 20.10 from " + host,
			then: debianHas("20.10.24") + `
apt-get -q -s dist-upgrade | grep '^Inst docker' && exit 1
grep -q 'signed-by=/etc/apt/keyrings/dcosup-docker.asc' /etc/apt/sources.list.d/dcosup-docker.list
su -s /bin/sh _apt -c 'cat /etc/apt/keyrings/dcosup-docker.asc' | grep -q BEGIN`,
		},
		{
			name: "the newest, by http with a key", before: remove, docker: roles.DockerFix{Source: m.http, Key: m.right},
			words: "install Docker from " + strings.TrimPrefix(m.http, "http://"), then: debianHas("23.0.6"),
		},
		{
			name: "a whole version, in the place of a newer one", docker: roles.DockerFix{Source: m.https, Version: "20.10.24"}, id: "docker-version", found: "23.0.6+dfsg1-x",
			words: "install Docker 20.10.24 from " + host + "; its containers are restarted", then: debianHas("20.10.24"),
		},
		{
			name: "files of another version", docker: roles.DockerFix{Source: roles.SourcePackages, Packages: m.debs, Version: "19.03"},
			before: remove + "\nrm /etc/apt/sources.list.d/dcosup* /etc/apt/preferences.d/dcosup*", words: "install Docker 19.03 from 3 files",
			fails: "but the inventory wants 19.03", then: "! ls /var/lib/dcosup/fixes\n! dpkg -s docker-ce",
		},
		{
			name: "files, where no repository can be reached", docker: roles.DockerFix{Source: roles.SourcePackages, Packages: slices.Concat(m.debs, m.rpms)},
			before: "mv /etc/apt/sources.list.d /etc/apt/kept\necho 'deb http://127.0.0.1:9/ bookworm main' >/etc/apt/sources.list\nrm -rf /var/lib/apt/lists",
			words:  "install Docker from 3 files", then: debianHas("20.10.24") + "\n! ls /var/lib/dcosup/fixes",
			repair: "rm /etc/apt/sources.list\nmv /etc/apt/kept /etc/apt/sources.list.d",
		},
	}
}

func (m mirror) redhat() []choice {
	const remove = stop + "\nrpm -e docker-ce docker-ce-cli containerd.io"
	host := strings.TrimPrefix(m.https, "https://")
	return []choice{
		{
			name: "signed by another key", docker: roles.DockerFix{Source: m.https, Key: m.wrong}, words: "install Docker from " + host,
			fails: "attempt 3 failed", then: "! rpm -q docker-ce",
		},
		{
			name: "a version that there is not", docker: roles.DockerFix{Source: m.https, Version: "17.03"}, words: "install Docker 17.03 from " + host,
			fails: "there is no docker-ce 17.03; there is: 23.0.6 20.10.24", then: "! rpm -q docker-ce",
		},
		{
			name: "the beginning of a version", docker: roles.DockerFix{Source: m.https, Version: "20.10"}, words: "install Docker 20.10 from " + host,
			then: redhatHas("20.10.24") + "\ngrep -qx gpgcheck=1 /etc/yum.repos.d/dcosup-docker.repo\ndnf -q -y upgrade\n" + redhatHas("20.10.24"),
		},
		{
			name: "the newest, by http with a key", before: remove, docker: roles.DockerFix{Source: m.http, Key: m.right},
			words: "install Docker from " + strings.TrimPrefix(m.http, "http://"), then: redhatHas("23.0.6"),
		},
		{
			name: "a whole version, in the place of a newer one", docker: roles.DockerFix{Source: m.https, Version: "20.10.24"}, id: "docker-version", found: "23.0.6+dfsg1-x",
			words: "install Docker 20.10.24 from " + host + "; its containers are restarted", then: redhatHas("20.10.24"),
		},
		{
			name: "files of another version", docker: roles.DockerFix{Source: roles.SourcePackages, Packages: m.rpms, Version: "19.03"},
			before: remove, words: "install Docker 19.03 from 3 files",
			fails: "but the inventory wants 19.03", then: "! ls /var/lib/dcosup/fixes\n! rpm -q docker-ce",
		},
		{
			name: "files, where no repository can be reached", docker: roles.DockerFix{Source: roles.SourcePackages, Packages: slices.Concat(m.debs, m.rpms)},
			before: "mv /srv/lab /srv/kept\ndnf -q clean all", words: "install Docker from 3 files",
			then: redhatHas("20.10.24") + "\n! ls /var/lib/dcosup/fixes", repair: "mv /srv/kept /srv/lab",
		},
	}
}

func debianHas(version string) string {
	return fmt.Sprintf(`for name in docker-ce docker-ce-cli; do dpkg-query -W -f '${Version}\n' $name | grep -q '^5:%s~'; done
docker info --format '{{.ServerVersion}}' | grep -q '^%[1]s'
grep -A1 -x 'Package: docker-ce' /etc/apt/preferences.d/dcosup-docker | grep -q ':%[1]s~'`, version)
}

func redhatHas(version string) string {
	return fmt.Sprintf("rpm -q docker-ce-%s docker-ce-cli-%[1]s containerd.io\ndocker info --format '{{.ServerVersion}}' | grep -q '^%[1]s'", version)
}

// dockerOnly leaves the findings about Docker: the others are for other tests.
func dockerOnly(findings []roles.Finding) []roles.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f roles.Finding) bool { return !strings.HasPrefix(f.ID, "docker-") })
}

// choices tries them one after the other. Each builds on what the one before left.
func (n node) choices(t *testing.T, all []choice) {
	for _, c := range all {
		if !t.Run(c.name, func(t *testing.T) { n.choose(t, c) }) {
			t.FailNow()
		}
	}
}

func (n node) choose(t *testing.T, c choice) {
	n.on(t, c.before)
	defer n.on(t, c.repair)
	id, found := "docker-installed", "not installed"
	if c.id != "" {
		id, found = c.id, c.found
	}
	b := broken{fails: c.fails, spec: func(s *roles.Spec) { s.Fixes.Docker = c.docker }}
	facts, findings := n.look(t, b)
	seen.See(id, string(n.family), tried.Unmet, "")
	if got := pick(t, findings, id); got.Status != roles.Fail || got.Found != found || got.FixID != roles.FixDocker || got.Fix != c.words {
		t.Errorf("%s: got %s, found %q, fix %s: %q; want found %q, fix %q", id, got.Status, got.Found, got.FixID, got.Fix, found, c.words)
	}
	if c.fails != "" {
		if _, said := n.fix(t, b, facts, dockerOnly(findings)); !strings.Contains(said, c.fails) {
			t.Errorf("the fix does not say %q:\n%s", c.fails, said)
		}
	} else {
		for range 2 {
			n.fix(t, b, facts, dockerOnly(findings))
			facts, findings = n.look(t, b)
		}
		seen.See(id, string(n.family), tried.Fixed, "") // that it then passes is judged below
		for _, id := range []string{"docker-installed", "docker-version", "docker-running", "docker-enabled"} {
			if got := pick(t, findings, id); got.Status != roles.Pass {
				t.Errorf("after the fixes: %s is %s, found %s", id, got.Status, got.Found)
			}
		}
	}
	n.on(t, c.then)
}

// synchronise has the fixes of the clock done with these settings.
func (n node) synchronise(t *testing.T, fix roles.TimeFix) {
	t.Helper()
	b := broken{spec: func(s *roles.Spec) { s.Fixes.Time = fix }}
	facts, findings := n.look(t, b)
	timely := slices.DeleteFunc(findings, func(f roles.Finding) bool { return !strings.HasPrefix(f.ID, "ntp-") })
	n.fix(t, b, facts, timely)
	if _, findings = n.look(t, b); pick(t, findings, "ntp-synchronised").Status == roles.Fail {
		t.Errorf("after the fixes: %s", pick(t, findings, "ntp-synchronised").Found)
	}
}

// times has chrony asked to follow a server that only the inventory knows.
func (n node) times(t *testing.T, file, unit, server string) {
	n.synchronise(t, roles.TimeFix{}) // installs it, with the lab's own source
	n.on(t, "rm /etc/chrony/sources.d/lab.sources\nsystemctl restart "+unit+".service")
	pid := func() string {
		text, err := n.Exec(t.Context(), "systemctl show -p MainPID --value "+unit+".service")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	before, never := pid(), false
	n.synchronise(t, roles.TimeFix{Servers: []string{server}, Step: &never})
	n.on(t, "[ \"$(grep -cx 'server "+server+" iburst' "+file+")\" = 1 ]\nchronyc -n tracking | grep '^Leap status *: Normal'")
	if after := pid(); after != before {
		t.Error("chronyd was restarted, by which it steps the clock")
	}
	n.on(t, "systemctl stop "+unit+".service\nrm -f /var/lib/chrony/*\nsystemctl start "+unit+".service")
	n.synchronise(t, roles.TimeFix{Servers: []string{server}})
	n.on(t, "[ \"$(grep -cx 'server "+server+" iburst' "+file+")\" = 1 ]")
}

// timesyncd is told by a file of its own.
func (n node) timesyncd(t *testing.T, server string) {
	n.on(t, "rm /run/systemd/timesyncd.conf.d/lab.conf /run/systemd/timesync/synchronized\nsystemctl restart systemd-timesyncd.service")
	n.synchronise(t, roles.TimeFix{Servers: []string{server}})
	n.on(t, "grep -qx NTP="+server+" /etc/systemd/timesyncd.conf.d/dcosup.conf\n[ -e /run/systemd/timesync/synchronized ]\n"+
		"timedatectl show-timesync -p ServerAddress | grep -qx ServerAddress="+server)
}
