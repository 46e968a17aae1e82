package lab

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRunFlagsFollowTheEngine(t *testing.T) {
	debian := engineInfo{OSType: "linux", ServerVersion: "20.10.24+dfsg1", CgroupVersion: "1", SecurityOptions: []string{"name=seccomp,profile=default"}}
	fedora := engineInfo{OSType: "linux", ServerVersion: "27.3.1", CgroupVersion: "2", SecurityOptions: []string{"name=seccomp,profile=builtin", "name=selinux", "name=cgroupns"}}
	ubuntu := engineInfo{OSType: "linux", ServerVersion: "26.1.3", CgroupVersion: "2", SecurityOptions: []string{"name=apparmor", "name=seccomp,profile=builtin", "name=userns"}}
	for _, tc := range []struct {
		name string
		info engineInfo
		want []string // the flags that depend on the engine
	}{
		{"seccomp alone", debian, []string{"--security-opt=seccomp=unconfined"}},
		{"selinux", fedora, []string{"--security-opt=label=disable", "--security-opt=seccomp=unconfined"}},
		{"apparmor and mapped users", ubuntu, []string{"--security-opt=apparmor=unconfined", "--security-opt=seccomp=unconfined", "--userns=host"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			flags, err := runFlags(tc.info)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range flags {
				if strings.HasPrefix(f, "--security-opt") || strings.HasPrefix(f, "--userns") {
					got = append(got, f)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("flags (-want +got):\n%s", diff)
			}
			for _, always := range []string{"--cgroupns=private", "--volume=/var/lib/docker", "--cap-add=SYS_ADMIN"} {
				if !slices.Contains(flags, always) {
					t.Errorf("%s is missing in %v", always, flags)
				}
			}
			for _, never := range []string{"--privileged", "--cap-add=SYS_TIME", "--cap-add=SYS_MODULE"} {
				if slices.Contains(flags, never) {
					t.Errorf("a node must not have %s", never)
				}
			}
		})
	}
}

// A storage driver that asks a process for each file would slow the programs of
// the nodes down.
func TestRunFlagsKeepProgramsOutOfFUSE(t *testing.T) {
	for driver, want := range map[string]bool{"overlay2": false, "fuse-overlayfs": true} {
		flags, err := runFlags(engineInfo{OSType: "linux", ServerVersion: "20.10.24", CgroupVersion: "2", Driver: driver})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(flags, "--volume=/usr"); got != want {
			t.Errorf("%s: /usr is a volume: %t, want %t", driver, got, want)
		}
	}
}

func TestRunFlagsRefuseEngineThatCannotRunALab(t *testing.T) {
	for _, tc := range []struct {
		name string
		info engineInfo
		want string
	}{
		{"too old", engineInfo{OSType: "linux", ServerVersion: "19.03.15"}, "too old"},
		{"no version", engineInfo{OSType: "linux"}, "cannot be read"},
		{"rootless", engineInfo{OSType: "linux", ServerVersion: "27.0.0", SecurityOptions: []string{"name=rootless"}}, "rootless"},
		{"in a virtual machine", engineInfo{OSType: "linux", OperatingSystem: "Docker Desktop", ServerVersion: "27.0.0"}, "not be reachable"},
		{"windows", engineInfo{OSType: "windows", ServerVersion: "27.0.0"}, "not be reachable"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := runFlags(tc.info)
			if !errors.Is(err, ErrEngine) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want ErrEngine with %q", err, tc.want)
			}
		})
	}
}

func TestCommandErrorShowsTheReason(t *testing.T) {
	_, err := runCommand(exec.Command("sh", "-c", "echo first >&2; echo the reason >&2; exit 3"), nil)
	var failed *CommandError
	if !errors.As(err, &failed) {
		t.Fatalf("got %T, want *CommandError", err)
	}
	if failed.Code != 3 || failed.Stderr != "first\nthe reason\n" {
		t.Errorf("got code %d, stderr %q", failed.Code, failed.Stderr)
	}
	if !strings.HasSuffix(err.Error(), ": the reason") {
		t.Errorf("got %q, want the last line at the end", err)
	}
	if _, err := runCommand(exec.Command("no-such-command-here"), nil); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v, want exec.ErrNotFound", err)
	}
}
