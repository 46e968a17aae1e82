package remote_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oldest is the systemd of EL 7, the oldest on which nodes may run.
const oldest = 219

// since tells which systemd brought a verb or an option that scripts for nodes use; 0 is from before systemd's manual
// pages keep count (183). The numbers are those of its NEWS and of "Added in version" in the pages; that of systemd-run's
// --quiet is in no NEWS, and stands in the source of EL 7's own package.
var since = map[string]int{
	"journalctl --no-pager": 0, "journalctl -n": 187, "journalctl -o": 0, "journalctl -u": 195,
	"systemctl --all": 0, "systemctl --no-block": 0, "systemctl --no-legend": 0, "systemctl --no-pager": 0, "systemctl --plain": 203, "systemctl --quiet": 0,
	"systemctl --signal": 0, "systemctl --version": 0, "systemctl -p": 0,
	"systemctl cat": 209, "systemctl daemon-reload": 0, "systemctl disable": 0, "systemctl enable": 0, "systemctl is-active": 0, "systemctl is-enabled": 0,
	"systemctl is-system-running": 215, "systemctl kill": 0, "systemctl list-units": 0, "systemctl reboot": 0, "systemctl reset-failed": 0,
	"systemctl restart": 0, "systemctl show": 0, "systemctl start": 0, "systemctl status": 0, "systemctl stop": 0, "systemctl try-restart": 0,
	"systemd-run --description": 206, "systemd-run --quiet": 219, "systemd-run --unit": 206,
	"timedatectl set-ntp": 195, "timedatectl status": 195,
	// What is easily written by mistake.
	"systemctl --now": 220, "systemctl --value": 230, "systemd-run --collect": 236, "systemd-run --pipe": 235, "systemd-run --wait": 232,
}

// Every script for nodes gets by with the systemd of EL 7.
func TestScriptsNeedNoNewerSystemd(t *testing.T) {
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testing" || strings.HasPrefix(d.Name(), ".lab")):
			return fs.SkipDir
		case filepath.Ext(path) != ".sh":
			return nil
		}
		text, err := os.ReadFile(path)
		for _, word := range systemdWords(string(text)) {
			used[word] = true
			if came, known := since[word]; !known || came > oldest {
				t.Errorf("%s: %s: it must be in systemd %d, and stand in the table: it came with %d", path, word, oldest, came)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for word, came := range since {
		if came <= oldest && !used[word] {
			t.Errorf("%s stands in the table, and no script uses it", word)
		}
	}
}

func TestSystemdWords(t *testing.T) {
	for script, want := range map[string][]string{
		"systemctl show -p ActiveState --value \"$unit\"":                      {"systemctl show", "systemctl -p", "systemctl --value"},
		"if ! timeout 180 systemctl enable --now x; then\n":                    {"systemctl enable", "systemctl --now"},
		"state=$(limit 3 systemctl is-system-running)":                         {"systemctl is-system-running"},
		"systemd-run --wait --unit=\"$u\" \\\n\t--pipe sh -c 'a --now'":        {"systemd-run --wait", "systemd-run --unit", "systemd-run --pipe"},
		"a && journalctl -u x -n 5 | systemctl kill":                           {"journalctl -u", "journalctl -n", "systemctl kill"},
		"# systemctl edit\ncommand -v systemctl\nfor x in ss systemctl xz; do": nil,
	} {
		if diff := cmp.Diff(want, systemdWords(script)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", script, diff)
		}
	}
}

// systemdCommand is one at the beginning of a command.
var systemdCommand = regexp.MustCompile(`(?m)(?:^|[;&|(!{]|\b(?:if|then|else|do|until|while|(?:limit|timeout|await) [0-9]+))\s*(systemctl|systemd-run|journalctl|timedatectl)\s([^;&|()\n]*)`)

// systemdWords are the verbs and options that a script gives to systemd's commands, as keys of since.
func systemdWords(script string) (words []string) {
	script = regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(strings.ReplaceAll(script, "\\\n", " "), "")
	for _, found := range systemdCommand.FindAllStringSubmatch(script, -1) {
		name, verb := found[1], false
		arguments := strings.Fields(found[2])
		for i := 0; i < len(arguments); i++ {
			word, _, _ := strings.Cut(arguments[i], "=")
			switch {
			case strings.HasPrefix(word, "-") && word != "--":
				words = append(words, fmt.Sprint(name, " ", word))
				if slices.Contains([]string{"-p", "-n", "-o", "-u"}, word) {
					i++
				}
			case name == "systemd-run": // what it runs has options of its own
				i = len(arguments)
			case !verb && name != "journalctl" && regexp.MustCompile(`^[a-z-]+$`).MatchString(word):
				words, verb = append(words, name+" "+word), true
			}
		}
	}
	return words
}
