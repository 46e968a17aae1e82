package farm

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMeasure(t *testing.T) {
	var out bytes.Buffer
	c := exec.Command("sh", "-c", `echo "$WORD"; pwd; sleep 0.2; exit 3`)
	c.Dir, c.Env, c.Stdout = "/", append(os.Environ(), "WORD=said"), &out
	cost, err := Measure(c)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != "said\n/\n" || cost.ExitCode != 3 || cost.Wall < 200*time.Millisecond {
		t.Errorf("got %+v and %q", cost, out.String())
	}
}

// A process that went to the background, as ssh's masters do, is nobody's child any more.
func TestMeasureCountsTheBackground(t *testing.T) {
	done := t.TempDir() + "/done"
	cost, err := Measure(exec.Command("sh", "-c", `(setsid sh -c '`+burn+`; touch "$0"' "$0" &); until [ -e "$0" ]; do sleep 0.1; done`, done))
	if err != nil {
		t.Fatal(err)
	}
	if cost.CPU < burnt || cost.CPU > 20*burnt {
		t.Errorf("got %v of processor time, want some %v", cost.CPU, 2*burnt)
	}
}

func TestMeasureEndsWhatIsLeft(t *testing.T) {
	for name, script := range map[string]string{
		"a process":           `sleep 1000 >&- 2>&- & echo $!`,
		"one with our stdout": `sleep 1000 & echo $!`,
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := exec.Command("sh", "-c", script)
			c.Stdout = &out
			if _, err := Measure(c); err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
				t.Errorf("process %d: %v, want it gone", pid, err)
			}
		})
	}
}

// The memory of all processes counts together, and of what they share each has a part.
func TestMeasureMemory(t *testing.T) {
	// tail keeps it all. Both hold theirs for several looks, however slow the machine is.
	const one = `head -c 40000000 /dev/zero | tail -c 40000000 | {
		head -c 1 >"$0/$1"
		until [ -s "$0/1" ] && [ -s "$0/2" ]; do sleep 0.1; done
		sleep 3
		cat >/dev/null
	}`
	cost, err := Measure(exec.Command("sh", "-c", `sh -c "$1" "$0" 1 & sh -c "$1" "$0" 2 & wait`, t.TempDir(), one))
	if err != nil {
		t.Fatal(err)
	}
	if cost.Memory < 80e6 || cost.Memory > 400e6 {
		t.Errorf("got %d MB, want some 80", cost.Memory/1e6)
	}
}

func TestMeasureOfNoCommand(t *testing.T) {
	if cost, err := Measure(exec.Command("/nowhere/command")); err == nil {
		t.Errorf("got %+v, want an error", cost)
	}
}

func TestParseUsed(t *testing.T) {
	const stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 200 0 0 %s 20 0 1 0 5 0 0"
	for times, want := range map[string]time.Duration{"0 0 0 0": 0, "1 20 300 4000": 43210 * time.Millisecond} {
		if got, err := parseUsed([]byte(strings.Replace(stat, "%s", times, 1))); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", times, got, err, want)
		}
	}
	for _, bad := range []string{"", "7 (sshd) S 1 7", strings.Replace(stat, "%s", "1 2 x 4", 1)} {
		if got, err := parseUsed([]byte(bad)); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}
