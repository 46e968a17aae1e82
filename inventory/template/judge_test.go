//go:build ansible

package template_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what Ansible answers into the corpus")

// TestJudgeTemplates holds the corpus against the Ansible that is installed.
func TestJudgeTemplates(t *testing.T) {
	python := ansiblePython(t)
	for _, f := range corpus(t) {
		t.Run(filepath.Base(f.path), func(t *testing.T) {
			answers := f.ask(t, python)
			for i, c := range f.cases {
				answer := answers[i].Value
				if answers[i].Error != "" {
					answer = "error"
				}
				switch {
				case c.ansible == varies && answer != "error":
				case *update:
					c.record(answer)
				case answer != c.ansible:
					t.Errorf("%s\nrecorded: %s\nAnsible:  %s %s", c.text, c.ansible, answer, answers[i].Error)
				}
				if testing.Verbose() && answers[i].Error != "" {
					t.Logf("%s: %.300s", c.text, answers[i].Error)
				}
			}
			if *update {
				f.write(t)
			}
		})
	}
}

type answer struct{ Value, Error string }

func (f *corpusFile) ask(t *testing.T, python string) []answer {
	t.Helper()
	var templates []string
	for _, c := range f.cases {
		templates = append(templates, c.text)
	}
	question, err := json.Marshal(map[string]any{"vars": f.vars, "templates": templates})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/judge.py")
	cmd.Stdin = bytes.NewReader(question)
	home := t.TempDir()
	config := filepath.Join(home, "ansible.cfg")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "ANSIBLE_CONFIG="+config, "ANSIBLE_HOME="+home, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1", "DCOSUP_TEST=from the environment")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", python, err, stderr.String())
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(templates) {
		t.Fatalf("the judge answered %d of %d: %v", len(answers), len(templates), err)
	}
	return answers
}

// record puts the answer behind the template.
func (c *corpusCase) record(answer string) {
	lines := []string{c.lines[0], "= " + answer}
	for _, line := range c.lines[1:] {
		if !strings.HasPrefix(line, "= ") {
			lines = append(lines, line)
		}
	}
	c.lines = lines
}

func (f *corpusFile) write(t *testing.T) {
	t.Helper()
	var blocks []string
	for _, c := range f.cases {
		blocks = append(blocks, strings.Join(c.lines, "\n"))
	}
	text := f.head + "\n---\n" + strings.Join(blocks, "\n\n") + "\n"
	if err := os.WriteFile(f.path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ansiblePython is the Python that Ansible runs in.
func ansiblePython(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("ansible")
	if err != nil {
		t.Fatal("ansible, which is the judge here, is missing: install ansible-core")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	python, ok := strings.CutPrefix(first, "#!")
	if !ok {
		t.Fatalf("%s begins with %q, and not with its Python", path, first)
	}
	return strings.Fields(python)[0]
}
