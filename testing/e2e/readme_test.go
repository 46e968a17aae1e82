//go:build lab

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every command of the README's section on real machines is run, in its order.
// $EDITOR is the person who fills in the addresses: here, of the lab.
func TestReadmeCommands(t *testing.T) {
	noCluster(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "motd"), []byte("This is a lab.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range readmeCommands(t) {
		words := strings.Fields(line)
		switch words[0] {
		case "dcosup":
			c := command(t, words[1:]...)
			c.Dir = dir
			c.Stdin = strings.NewReader("dcosup-lab\n") // reset asks for the cluster's name
			out, err := c.CombinedOutput()
			t.Logf("%s\n%s", line, out)
			if err != nil && !(words[1] == "check" && c.ProcessState.ExitCode() == 3) { // the lab's nodes lack things
				t.Fatalf("%s: %v", line, err)
			}
		case "$EDITOR":
			for _, name := range words[1:] {
				fillIn(t, filepath.Join(dir, name), strings.TrimPrefix(name, "cluster/"))
			}
		default:
			t.Fatalf("the README has a command that this test cannot run: %s", line)
		}
	}
}

// readmeCommands are the lines of the shell blocks below "On your machines".
func readmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## On your machines")
	section, _, _ = strings.Cut(section, "\n## ")
	var commands []string
	for more := true; more; {
		var block string
		_, block, more = strings.Cut(section, "```sh\n")
		block, section, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
			}
		}
	}
	if len(commands) < 10 {
		t.Fatalf("the README has %d commands below \"On your machines\": %q", len(commands), commands)
	}
	return commands
}

// fillIn replaces an example file, which init must have written, by the lab's.
func fillIn(t *testing.T, example, name string) {
	t.Helper()
	if _, err := os.Stat(example); err != nil {
		t.Fatalf("init wrote no such file: %v", err)
	}
	real, err := os.ReadFile(filepath.Join(nodes.Dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(example, real, 0o600); err != nil {
		t.Fatal(err)
	}
}
