package installer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

// rebooting is a node whose boot is in a file, and whose systemctl does as told.
func rebooting(t *testing.T, systemctl string, timeout time.Duration) (place, string) {
	t.Helper()
	state := t.TempDir()
	for name, text := range map[string]string{"boot": "first", "state": "running", "calls": ""} {
		if err := os.WriteFile(filepath.Join(state, name), []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	srv := remotetest.Start(t, remotetest.Options{Env: []string{"STATE=" + state}, Bin: map[string]string{
		"cat":       "#!/bin/sh\ncase $1 in */boot_id) exec /bin/cat $STATE/boot ;; esac\nexec /bin/cat \"$@\"\n",
		"systemctl": "#!/bin/sh\necho \"$1\" >>$STATE/calls\ncase $1 in reboot)\n" + systemctl + "\n;; *) /bin/cat $STATE/state ;; esac\n",
	}})
	d := &remote.Dialer{}
	t.Cleanup(func() { d.Close() })
	conn, err := d.Connect(t.Context(), srv.Target("a"))
	if err != nil {
		t.Fatal(err)
	}
	r := New(Config{Cluster: smallCluster(), Options: Options{RebootTimeout: timeout}})
	return place{Run: r, step: Step{ID: "reboot/a", Node: "a"}, node: r.Cluster.Node("a"), conn: conn}, state
}

func TestAwaitReboot(t *testing.T) {
	for _, tc := range []struct {
		name, systemctl string
		boot            string // that is to end; "" is the one that is
		timeout         time.Duration
		want            string // part of the error
		reboots         int
	}{
		{name: "it comes back", systemctl: "echo second >$STATE/boot", timeout: time.Minute, reboots: 1},
		{name: "its services need a while", timeout: time.Minute, reboots: 1,
			systemctl: "echo second >$STATE/boot; echo starting >$STATE/state; { sleep 0.5; echo degraded >$STATE/state; } >/dev/null 2>&1 &"},
		{name: "the connection ends with it", systemctl: "echo second >$STATE/boot; kill -9 $PPID", timeout: time.Minute, reboots: 1},
		{name: "it complains, and does it", systemctl: "echo second >$STATE/boot; echo 'no logind' >&2; exit 1", timeout: time.Minute, reboots: 1},
		{name: "it refuses", systemctl: "echo 'Operation inhibited' >&2; exit 1", timeout: 4 * time.Second, want: "Operation inhibited", reboots: 1},
		{name: "nothing happens", systemctl: ":", timeout: time.Second, want: "not back 1s after its reboot: it answers, but has not rebooted", reboots: 1},
		{name: "it was rebooted since", boot: "earlier/1", systemctl: "exit 1", timeout: time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, state := rebooting(t, tc.systemctl, tc.timeout)
			boot := tc.boot
			if boot == "" {
				_, began, _ := strings.Cut(bootHere(), "/")
				boot = "first/" + began
			}
			err := p.awaitReboot(t.Context(), boot)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			calls, err := os.ReadFile(filepath.Join(state, "calls"))
			if got := strings.Count(string(calls), "reboot\n"); err != nil || got != tc.reboots {
				t.Errorf("it was told to reboot %d times, want %d: %v", got, tc.reboots, err)
			}
		})
	}
}
