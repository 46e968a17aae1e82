package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakes are commands that note how they were called. A package's installation
// puts its command in place; the engine runs once somebody has started it.
var fakes = map[string]string{
	"apt-get": `echo "apt-get $*" >>"$FAKE/calls"
for word; do last=$word; done
case $last in
update) touch "$FAKE/updated" ;;
mmdebstrap) [ -e "$FAKE/updated" ] || exit 100; printf '#!/bin/sh\n' >"$FAKE/mmdebstrap"; chmod +x "$FAKE/mmdebstrap" ;;
esac`,
	"docker":     `[ -e "$FAKE/started" ]`,
	"service":    `echo "start $1" >>"$FAKE/calls"; touch "$FAKE/started"`,
	"systemctl":  `echo "start ${2%.service}" >>"$FAKE/calls"; touch "$FAKE/started"`,
	"id":         `echo "${FAKE_UID:-0}"`,
	"mmdebstrap": ``,
	"ssh":        ``,
}

func TestPrepare(t *testing.T) {
	const apt = "apt-get -q -y -o DPkg::Lock::Timeout=120 -o APT::Install-Recommends=false "
	for _, tc := range []struct {
		name  string
		have  []string // fakes in PATH
		files []string // that are there at first
		env   string
		args  []string
		fails bool
		calls string // in order
		says  string
	}{
		{
			name:  "all is there",
			have:  []string{"id", "docker", "mmdebstrap", "ssh", "apt-get"},
			files: []string{"started"},
		},
		{
			name:  "a package is missing, and the lists are old",
			have:  []string{"id", "apt-get"},
			args:  []string{"mmdebstrap"},
			calls: apt + "install mmdebstrap\n" + apt + "update\n" + apt + "install mmdebstrap\n",
			says:  "installing mmdebstrap",
		},
		{
			name:  "the engine does not run",
			have:  []string{"id", "docker", "service", "systemctl"},
			args:  []string{"docker"},
			calls: "start docker\n",
			says:  "starting",
		},
		{
			name:  "not Debian",
			have:  []string{"id", "ssh"},
			fails: true,
			says:  "install by your own means what these packages hold: docker.io mmdebstrap",
		},
		{
			name:  "not root",
			have:  []string{"id", "apt-get"},
			env:   "FAKE_UID=1000",
			args:  []string{"mmdebstrap"},
			fails: true,
			says:  "run as root: apt-get install --no-install-recommends mmdebstrap",
		},
		{
			name:  "a tool that is not",
			have:  []string{"id", "apt-get"},
			args:  []string{"telnet"},
			fails: true,
			says:  "no tool is called telnet",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range tc.have {
				write(t, filepath.Join(dir, name), "#!/bin/sh\n"+fakes[name]+"\n")
			}
			for _, name := range tc.files {
				write(t, filepath.Join(dir, name), "")
			}
			for _, tool := range []string{"env", "flock", "chmod", "touch", "sh", "sleep", "grep"} {
				path, err := exec.LookPath(tool)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(dir, tool)); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("sh", append([]string{"prepare.sh"}, tc.args...)...)
			cmd.Env = []string{"PATH=" + dir, "FAKE=" + dir, tc.env}
			out, err := cmd.CombinedOutput()
			if (err != nil) != tc.fails {
				t.Errorf("got %v, want failure: %v", err, tc.fails)
			}
			if !strings.Contains(string(out), tc.says) || tc.says == "" && len(out) > 0 {
				t.Errorf("it says %q, want %q", out, tc.says)
			}
			calls, _ := os.ReadFile(filepath.Join(dir, "calls")) // none made, none there
			if diff := cmp.Diff(tc.calls, string(calls)); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
