package roles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// shells are those that nodes have as sh: Debian's, Alpine's and busybox's, Red
// Hat's.
var shells = [][]string{{"dash", "-s"}, {"busybox", "sh", "-s"}, {"bash", "--posix", "-s"}}

// sh sends a script to a shell as a node gets it, and returns what it said.
func sh(t *testing.T, shell []string, script string, env ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...)
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", shell, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func eachShell(t *testing.T, test func(t *testing.T, shell []string)) {
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) { test(t, shell) })
	}
}

// shellchecked are the scripts that have passed: most are run by each shell.
var shellchecked sync.Map

func shellcheck(t *testing.T, name, script string) {
	t.Helper()
	if _, ok := shellchecked.Load(script); ok {
		return
	}
	cmd := exec.Command("shellcheck", "--shell=sh", "-")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
		return
	}
	shellchecked.Store(script, true)
}

func TestScriptsPassShellcheck(t *testing.T) {
	shellcheck(t, "probe", ProbeScript())
	shellcheck(t, "uninstall", UninstallScript())
	shellcheck(t, "restore", RestoreScript())
	files, err := filepath.Glob("fixes/*.sh")
	if err != nil || len(files) == 0 {
		t.Fatalf("fixes: %v, %v", files, err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err != nil {
			t.Error(err)
		} else {
			shellcheck(t, file, string(text))
		}
	}
}

// The probe is run on this machine, whatever it is.
func TestProbeOnThisMachine(t *testing.T) {
	resolver := fakeResolver(t)
	socket, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	port := socket.Addr().(*net.TCPAddr).Port
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	eachShell(t, func(t *testing.T, shell []string) {
		asked := time.Now()
		questions := Questions{Resolvers: []string{resolver}}
		out, errs, code := sh(t, slices.Concat(shell, questions.Args()), ProbeScript())
		answered := time.Now()
		if code != 0 || errs != "" {
			t.Errorf("code %d, stderr %q", code, errs)
		}
		facts, err := ParseFacts([]byte(out))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if facts.Hostname != host || facts.UID != os.Geteuid() || facts.CPUs < 1 || facts.Memory.Total <= 0 || facts.Kernel == "" {
			t.Errorf("host %q, uid %d, %d CPUs, %d bytes, kernel %q", facts.Hostname, facts.UID, facts.CPUs, facts.Memory.Total, facts.Kernel)
		}
		if runtime.GOARCH == "amd64" && facts.Arch != "x86_64" {
			t.Errorf("arch %q", facts.Arch)
		}
		if root, ok := facts.Disk("/"); !ok || root.Total <= 0 || root.Free <= 0 || root.FSType == "" {
			t.Errorf("disk of /: %+v", root)
		}
		if !facts.Commands["sed"] || !facts.Commands["bash"] {
			t.Errorf("commands: %v", facts.Commands)
		}
		found := false
		for _, s := range facts.Sockets {
			found = found || s.Proto == "tcp" && s.Port == port && s.Address.String() == "127.0.0.1"
		}
		if !found {
			t.Errorf("the test's own socket at %d is not among %v", port, facts.Sockets)
		}
		if diff := cmp.Diff([]Resolver{{Server: resolver, Answer: "2"}}, facts.Names.Resolvers); diff != "" {
			t.Errorf("resolvers (-want +got):\n%s", diff)
		}
		if c := facts.Clock; c.Begin.Before(asked.Add(-c.Coarse)) || c.End.Before(c.Begin) || c.End.After(answered) {
			t.Errorf("clock %v is not between %v and %v", c, asked, answered)
		}
		if m := facts.Mount("/opt/mesosphere"); m.Type == "" || len(m.Options) == 0 {
			t.Errorf("mounts: %+v", facts.Mounts)
		}
		if len(facts.Inodes) != 2 || !facts.Settings.SortsVersions || facts.Names.HostnameUnasked {
			t.Errorf("inodes %v, settings %+v, names %+v", facts.Inodes, facts.Settings, facts.Names)
		}
		if len(Judge(facts, Spec{Role: inventory.RoleMaster})) == 0 {
			t.Error("no findings")
		}
	})
}

// fakeResolver is a DNS server that answers each question with SERVFAIL. It
// keeps silent when it is asked for the first time, as if the question was lost.
func fakeResolver(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		question := make([]byte, 512)
		for i := 0; ; i++ {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			if i == 0 || n != 17 {
				continue
			}
			question[2], question[3] = 0x81, 0x82
			_, _ = conn.WriteTo(question[:n], from)
		}
	}()
	return conn.LocalAddr().String()
}

// A node can lack nearly everything; the probe must say so, and not fail.
func TestProbeWithFewTools(t *testing.T) {
	dir := t.TempDir()
	script := strings.Replace(ProbeScript(), `PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"`, "PATH="+dir, 1)
	for _, tool := range []string{"sed", "grep", "tr", "uname", "id", "ls", "head"} {
		link(t, dir, tool)
	}
	for _, shell := range [][]string{{"dash", "-s"}, {"bash", "--posix", "-s"}} { // busybox has its own tools
		out, errs, code := sh(t, shell, script)
		facts, err := ParseFacts([]byte(out))
		if err != nil || errs != "" || code != 0 {
			t.Fatalf("%s: code %d, %v, stderr %q\n%s", shell[0], code, err, errs, out)
		}
		if facts.Commands["docker"] || facts.Docker.Running || !facts.Commands["sed"] || facts.Systemd.Version != 0 {
			t.Errorf("%s: got docker, or no sed: %+v", shell[0], facts)
		}
	}
}

// The firmware's words are read from /sys, where there is a machine with firmware, and a file need not be readable.
func TestProbeReadsTheFirmware(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"sys_vendor": "Amazon EC2\n", "product_name": "m5.large \n", "bios_version": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "chassis_asset_tag"), 0o755); err != nil { // what root cannot read either
		t.Fatal(err)
	}
	script := strings.Replace(ProbeScript(), "dmi=/sys/class/dmi/id\n", "dmi="+dir+"\n", 1)
	eachShell(t, func(t *testing.T, shell []string) {
		out, errs, _ := sh(t, shell, script)
		facts, err := ParseFacts([]byte(out))
		if err != nil || errs != "" {
			t.Fatalf("%v, stderr %q\n%s", err, errs, out)
		}
		if want := (DMI{Vendor: "Amazon EC2", Product: "m5.large"}); facts.DMI != want {
			t.Errorf("got %+v, want %+v", facts.DMI, want)
		}
	})
}

func link(t *testing.T, dir, tool string) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err == nil {
		err = os.Symlink(path, filepath.Join(dir, tool))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A script that is cut off anywhere on its way does nothing.
func TestCutOffScriptsDoNothing(t *testing.T) {
	for name, script := range map[string]string{"probe": ProbeScript(), "uninstall": UninstallScript(), "restore": RestoreScript()} {
		last := strings.LastIndex(script, "\nmain ")
		for _, at := range []int{last / 4, last / 2, last - 1, last + 1} {
			if out, _, _ := sh(t, shells[0], script[:at]); out != "" {
				t.Errorf("%s, cut at %d: said %q", name, at, out)
			}
		}
	}
}

// replaceOnce changes a script, and fails the test if it has nothing to change.
func replaceOnce(t *testing.T, script, old, new string) string {
	t.Helper()
	if strings.Count(script, old) != 1 {
		t.Fatalf("the script has %q %d times", old, strings.Count(script, old))
	}
	return strings.Replace(script, old, new, 1)
}

func FuzzQuote(f *testing.F) {
	f.Add("it's")
	f.Add("$(reboot)`x`\\\"\n-n ")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			t.Skip("no argument can hold it")
		}
		out, err := exec.Command("dash", "-c", "printf %s "+quote(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("got %q, %v, want %q", out, err, text)
		}
	})
}

// The ports that the probe looks for in sockets of any state are those of DC/OS
// that have no letter in hex: its installer can find no others.
func TestProbeKnowsThePortsOfTheInstaller(t *testing.T) {
	var ports []string
	for _, p := range dcosPorts {
		if hex := fmt.Sprintf("%04X", p.number); !strings.ContainsAny(hex, "ABCDEF") {
			ports = append(ports, hex)
		}
	}
	if line := "for port in " + strings.Join(ports, " ") + "; do"; !strings.Contains(ProbeScript(), line) {
		t.Errorf("the probe does not say %q", line)
	}
}
