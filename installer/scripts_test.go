package installer

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shells are the two that /bin/sh is on nodes, besides bash.
var shells = [][]string{{"dash"}, {"busybox", "sh"}}

// box is a place where a script runs: a directory of its own, and programs that
// stand before the real ones in PATH and write down how they were called.
type box struct {
	t     *testing.T
	shell []string
	dir   string // what a script is given to work on
	bin   string
}

// eachShell runs a test under every shell, in a box of its own.
func eachShell(t *testing.T, test func(t *testing.T, b box)) {
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Fatalf("%v: install the packages dash, busybox and curl", err)
			}
			test(t, box{t: t, shell: shell, dir: t.TempDir(), bin: t.TempDir()})
		})
	}
}

// program puts a program in PATH.
func (b box) program(name, body string) {
	b.t.Helper()
	text := "#!/bin/sh\necho \"" + name + " $*\" >>\"$CALLS\"\n" + body + "\n"
	if err := os.WriteFile(filepath.Join(b.bin, name), []byte(text), 0o755); err != nil {
		b.t.Fatal(err)
	}
}

func (b box) write(name, text string) {
	b.t.Helper()
	name = filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// read returns a file's content, or "absent".
func (b box) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// answer is what came of a script.
type answer struct {
	Stdout, Stderr string
	Code           int
}

// run sends a script to the shell's stdin, as it is sent to a node.
func (b box) run(script string, args ...string) answer {
	b.t.Helper()
	return b.exec(exec.Command(b.shell[0], append(append(b.shell[1:len(b.shell):len(b.shell)], "-s", "--"), args...)...), script)
}

func (b box) exec(cmd *exec.Cmd, script string) answer {
	b.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(script), &stdout, &stderr
	cmd.Env = append(os.Environ(), "LC_ALL=C", "CALLS="+filepath.Join(b.bin, "calls"), "PATH="+b.bin+":"+os.Getenv("PATH"))
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	return answer{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// calls are how programs were called since the last time this was asked.
func (b box) calls() []string {
	b.t.Helper()
	name := filepath.Join(b.bin, "calls")
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		b.t.Fatal(err)
	}
	_ = os.Remove(name)
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

func (b box) wantCalls(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.calls()); diff != "" {
		b.t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// want compares what came of a script.
func (b box) want(want, got answer) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestScriptsPassShellcheck(t *testing.T) {
	files, err := filepath.Glob("scripts/*.sh")
	if err != nil || len(files) == 0 {
		t.Fatalf("scripts: %v, %v", files, err)
	}
	if out, err := exec.Command("shellcheck", append([]string{"--shell=sh"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck (install the package if it is missing): %v\n%s", err, out)
	}
}

// What bootstrap.sh says is what parseBootstrap reads.
func TestBootstrapScript(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		runs  bool // the file server
		want  BootstrapFacts
	}{
		{name: "no earlier run"},
		{name: "a release that is still being fetched", files: map[string]string{"dcos_generate_config.sh.part": "#!", "part.url": "http://x"}},
		{name: "a release whose stamp is missing", files: map[string]string{"dcos_generate_config.sh": "#!"}, want: BootstrapFacts{Generator: true}},
		{name: "a generator run that was cut short", files: map[string]string{"dcos_generate_config.sh": "#!", "release.stamp": "aa http://x\n",
			"genconf/serve/bootstrap.tar": "x"}, want: BootstrapFacts{Generator: true, Release: "aa http://x"}},
		{name: "all is there and served", runs: true, files: map[string]string{"dcos_generate_config.sh": "#!", "release.stamp": "aa http://x\n",
			"current/stamp": "K aa\n", "current/serve/dcos_install.sh": "#!", "current/serve/cluster-package-list.latest": "pp\nmore\n"},
			want: BootstrapFacts{Generator: true, Release: "aa http://x", Genconf: "K aa", Served: true, Packages: "pp", Serving: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				b.program("systemctl", "exit 3")
				if tc.runs {
					b.program("systemctl", "exit 0")
				}
				b.dir = filepath.Join(b.dir, "a release") // a space in the path
				for name, text := range tc.files {
					b.write(name, text)
				}
				got := b.run(bootstrapScript, b.dir)
				if got.Code != 0 || got.Stderr != "" {
					t.Errorf("exit code %d, stderr %q", got.Code, got.Stderr)
				}
				facts, err := parseBootstrap([]byte(got.Stdout))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, facts); diff != "" {
					t.Errorf("facts (-want +got):\n%s", diff)
				}
				b.wantCalls("systemctl is-active --quiet dcosup-fileserver.service")
			})
		})
	}
}

// Arguments reach the unit as they are: a prefix can be empty, a path can have
// a space.
func TestServeScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", "echo Unit not loaded >&2; exit 5")
		b.program("systemd-run", `for arg; do echo "<$arg>"; done`)
		b.want(answer{Stdout: "<--quiet>\n<--unit=dcosup-fileserver>\n<--description=dcosup: install files for DC/OS nodes>\n<-->\n" +
			"</opt/dcosup/bin/dcosup>\n<serve>\n<--dir>\n</a dir>\n<--prefix>\n<>\n"},
			b.run(serveScript, b.dir+"/run/serving", "/opt/dcosup/bin/dcosup", "serve", "--dir", "/a dir", "--prefix", ""))
		calls := b.calls()
		if diff := cmp.Diff([]string{"systemctl stop dcosup-fileserver.service", "systemctl reset-failed dcosup-fileserver.service"}, calls[:2]); diff != "" {
			t.Errorf("calls before the start (-want +got):\n%s", diff)
		}

		b.program("systemd-run", "echo Failed to start >&2; exit 1")
		b.want(answer{Stderr: "Failed to start\n", Code: 1}, b.run(serveScript, b.dir+"/run/serving", "x"))
	})
}

// A server that runs with the same command may have nodes downloading from it.
func TestServeScriptLeavesTheSameServerAlone(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", "exit 0") // everything is active
		b.program("systemd-run", "echo started")
		for _, tc := range []struct {
			name string
			args []string
			want string
		}{
			{"the first", []string{"serve", "a b"}, "started\n"},
			{"the same again", []string{"serve", "a b"}, ""},
			{"other words", []string{"serve", "a", "b"}, "started\n"},
		} {
			args := append([]string{b.dir + "/run/serving"}, tc.args...)
			if got := b.run(serveScript, args...); got.Stdout != tc.want || got.Code != 0 {
				t.Errorf("%s: got %+v, want stdout %q", tc.name, got, tc.want)
			}
		}
	})
}

// A server that died is started again, though the file says that it runs.
func TestServeScriptWhenTheServerDied(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", `[ "$1" != is-active ]`)
		b.program("systemd-run", "echo started")
		b.write("serving", "dcosup\nserve\n")
		b.want(answer{Stdout: "started\n"}, b.run(serveScript, filepath.Join(b.dir, "serving"), "dcosup", "serve"))
		b.wantCalls("systemctl is-active --quiet dcosup-fileserver.service", "systemctl stop dcosup-fileserver.service",
			"systemctl reset-failed dcosup-fileserver.service",
			"systemd-run --quiet --unit=dcosup-fileserver --description=dcosup: install files for DC/OS nodes -- dcosup serve")
	})
}

func TestServingScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("journalctl", "echo 'listen tcp :8080: bind: address already in use'")
		b.program("systemctl", "exit 0")
		b.want(answer{}, b.run(servingScript))

		b.program("systemctl", "exit 3")
		b.want(answer{Stderr: "listen tcp :8080: bind: address already in use\n", Code: 1}, b.run(servingScript))
	})
}

func TestStopServingScript(t *testing.T) {
	const active, reset = "systemctl is-active --quiet dcosup-fileserver.service", "systemctl reset-failed dcosup-fileserver.service"
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", "exit 0")
		b.made()
		b.want(answer{}, b.run(publishScript, b.dir, "K"))
		b.want(answer{}, b.run(stopServingScript, b.dir))
		if got := b.published(); got["previous/serve/dcos_install.sh"] != "absent" || got["current/serve/dcos_install.sh"] != "new" {
			t.Errorf("install files: got %v, want only the new ones", got)
		}
		b.wantCalls(active, "systemctl stop dcosup-fileserver.service", reset)

		b.program("systemctl", "echo not loaded >&2; exit 3") // it does not run: fine
		if got := b.run(stopServingScript, b.dir+"/none"); got.Code != 0 {
			t.Errorf("nothing to stop: got %+v, want success", got)
		}
		b.wantCalls(active, reset)

		b.program("systemctl", `[ "$1" != stop ] || { echo timed out >&2; exit 1; }`)
		b.want(answer{Stderr: "timed out\n", Code: 1}, b.run(stopServingScript, b.dir)) // secrets are still served
	})
}

// forget.sh has absolute paths. It runs where /opt and /var/lib are empty file
// systems of its own; where that cannot be had, it does not run.
func TestForgetScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", "exit 5")
		const stage = `set -eu
mount -t tmpfs none /opt
mount -t tmpfs none /var/lib
mkdir -p /opt/dcosup/2.1.0 /opt/other /var/lib/dcosup/jobs/install /var/lib/dcosup/fixes /var/lib/docker
[ -z "$1" ] || mkdir "/var/lib/dcosup/$1"
shift
for time in first second; do
	"$@" -s <"$FORGET"
	echo "$time:" $(cd / && find opt var/lib -mindepth 1 | sort)
done
`
		b.write("forget.sh", forgetScript)
		t.Setenv("FORGET", filepath.Join(b.dir, "forget.sh"))
		run := func(backup string) answer {
			return b.exec(namespace(append([]string{"sh", "-c", stage, "sh", backup}, b.shell...)...), "")
		}
		b.want(answer{Stdout: "first: opt/other var/lib/docker\nsecond: opt/other var/lib/docker\n"}, run(""))
		// What a fix changed is not dcosup's to forget.
		b.want(answer{Stdout: "first: opt/other var/lib/dcosup var/lib/dcosup/backup var/lib/docker\n" +
			"second: opt/other var/lib/dcosup var/lib/dcosup/backup var/lib/docker\n"}, run("backup"))
	})
}

// install.sh runs what the bootstrap node serves, as DC/OS means it, and keeps
// the resolv.conf that DC/OS will replace, once. /etc/resolv.conf is one that
// stands over the real one in a mount namespace.
func TestInstallScript(t *testing.T) {
	for _, tc := range []struct {
		name, resolv, kept string
		want               string // what is kept afterwards
	}{
		{name: "the first time", resolv: "nameserver 192.0.2.53\n", want: "nameserver 192.0.2.53\n"},
		{name: "a newer one replaces the one that is kept", resolv: "nameserver 192.0.2.54\n", kept: "nameserver 192.0.2.53\n", want: "nameserver 192.0.2.54\n"},
		{name: "DC/OS's own is not the original", resolv: "nameserver 198.51.100.1\n", kept: "nameserver 192.0.2.53\n", want: "nameserver 192.0.2.53\n"},
		{name: "DC/OS's own, and none is kept", resolv: "nameserver 198.51.100.1\n", want: "absent"},
		{name: "an empty one is nothing to keep", resolv: "", kept: "nameserver 192.0.2.53\n", want: "nameserver 192.0.2.53\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				b.write("install.sh", installScript)
				b.write("resolv.conf", tc.resolv)
				if tc.kept != "" {
					b.write("backup/resolv.conf", tc.kept)
				}
				b.program("curl", `for last; do :; done; [ "$last" = http://b:8080/x/dcos_install.sh ] || exit 6
while [ "$1" != -o ]; do shift; done; echo '[[ $1 == slave ]] && echo "installs as $*"; umask; exit 9' >"$2"`)
				b.program("mktemp", `mkdir "$DIR/temporary"; echo "$DIR/temporary"`)
				t.Setenv("DIR", b.dir)
				const stage = `mount --bind "$DIR/resolv.conf" /etc/resolv.conf && exec "$@" -s -- http://b:8080/x slave "$DIR/backup/resolv.conf" <"$DIR/install.sh"`
				b.want(answer{Stdout: "installs as slave\n0022\n", Code: 9}, b.exec(namespace(append([]string{"sh", "-c", stage, "sh"}, b.shell...)...), ""))
				if got := b.read("backup/resolv.conf"); got != tc.want {
					t.Errorf("kept: got %q, want %q", got, tc.want)
				}
				for _, name := range []string{"backup/resolv.conf.new", "temporary/dcos_install.sh"} {
					if got := b.read(name); got != "absent" {
						t.Errorf("%s was left: %q", name, got)
					}
				}
			})
		})
	}
}

// namespace is a command that sees its own mounts.
func namespace(command ...string) *exec.Cmd {
	args := []string{"--mount", "--propagation", "private"}
	if os.Getuid() != 0 {
		args = append(args, "--map-root-user")
	}
	return exec.Command("unshare", append(args, command...)...)
}
