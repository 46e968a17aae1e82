//go:build ansible

package inventory_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestJudgeCorpus holds the answers that the corpus has of ansible-inventory
// against the one that is installed; TestCorpus holds dcosup against the answers.
func TestJudgeCorpus(t *testing.T) {
	judge := findJudge(t, "ansible-inventory")
	var got recorded
	t.Run("cases", func(t *testing.T) {
		for _, c := range corpus(t) {
			if c.noAnsible {
				continue
			}
			t.Run(c.topic+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				c.judge(t, judge, &got)
			})
		}
	})
	if *update {
		got.write(t)
	}
}

// complaint matches what Ansible says of an inventory that it cannot read. It goes
// on without it, and its exit code is 0.
var complaint = regexp.MustCompile(`Failed to parse|Unable to parse|ERROR!|(?m)^Traceback`)

func (c *corpusCase) judge(t *testing.T, judge string, got *recorded) {
	dir := c.write(t)
	for _, name := range c.names() {
		args := c.asked[name]
		if args == nil {
			args = []string{"--list"}
		}
		out, stderr := c.ask(t, judge, dir, args)
		failed := complaint.MatchString(stderr)
		_, refused := c.verdict["refused"]
		_, byAnsible := c.verdict["refused-by-ansible"]
		switch {
		case failed != (refused || byAnsible):
			t.Fatalf("Ansible fails: %t, and the corpus says %t\n%s%s", failed, !failed, stderr, out)
		case failed, c.verdict["stricter"] != "":
			return
		}
		if *update {
			got.add(c.topic, c.name+"/"+name, out)
			continue
		}
		if diff := cmp.Diff(c.answers[name], out); diff != "" {
			t.Errorf("%s (-recorded +ansible):\n%s", name, diff)
		}
	}
}

// ask runs ansible-inventory with no configuration but what the case has.
func (c *corpusCase) ask(t *testing.T, judge, dir string, args []string) (stdout, stderr string) {
	t.Helper()
	args = append(slices.Clone(args), "--playbook-dir", dir)
	for _, s := range c.sources {
		args = append(args, "-i", s)
	}
	for _, e := range c.extra {
		args = append(args, "-e", e)
	}
	private := t.TempDir()
	writeFiles(t, private, map[string]string{"ansible.cfg": ""})
	for _, id := range c.vaultIDs {
		label, password, _ := strings.Cut(id, "=")
		writeFiles(t, private, map[string]string{label: password})
		args = append(args, "--vault-id", label+"@"+filepath.Join(private, label))
	}
	cmd := exec.Command(judge, args...)
	cmd.Dir = dir
	cmd.Env = append(judgeEnv(t, filepath.Join(private, "ansible.cfg")), "HOME=/nonexistent", "PWD="+dir)
	if c.merge {
		cmd.Env = append(cmd.Env, "ANSIBLE_HASH_BEHAVIOUR=merge")
	}
	if c.tomlFirst {
		cmd.Env = append(cmd.Env, "ANSIBLE_INVENTORY_ENABLED=host_list,script,auto,yaml,toml,ini")
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && !complaint.MatchString(errs.String()) {
		t.Fatalf("ansible-inventory %q: %v\n%s", args, err, errs.String())
	}
	return out.String(), errs.String()
}

// recorded are answers to be written into the corpus.
type recorded struct {
	mu      sync.Mutex
	answers map[string]map[string]string // by topic, then by name in the archive
}

func (r *recorded) add(topic, name, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answers == nil {
		r.answers = map[string]map[string]string{}
	}
	if r.answers[topic] == nil {
		r.answers[topic] = map[string]string{}
	}
	r.answers[topic][name] = answer
}

// write puts each answer behind the files of its case.
func (r *recorded) write(t *testing.T) {
	t.Helper()
	for topic, answers := range r.answers {
		path := "testdata/corpus/" + topic + ".txtar"
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var files []txtar.File
		for i, f := range archive.Files {
			name, file, _ := strings.Cut(f.Name, "/")
			if !strings.HasPrefix(file, "ansible") || file == "ansible.cfg" {
				files = append(files, f)
			}
			if next := i + 1; next < len(archive.Files) && strings.HasPrefix(archive.Files[next].Name, name+"/") {
				continue
			}
			for _, kind := range []string{"ansible", "ansible-graph", "ansible-host", "ansible-yaml"} {
				if answer, ok := answers[name+"/"+kind]; ok {
					files = append(files, txtar.File{Name: name + "/" + kind, Data: []byte(answer)})
				}
			}
		}
		archive.Files = files
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func findJudge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s, which is the judge here, is missing: install ansible-core", name)
	}
	return path
}

// ansibleList asks Ansible, with no configuration but its defaults.
func ansibleList(t *testing.T, judge, dir string, sources, extra []string, more ...string) map[string]any {
	t.Helper()
	args := append([]string{"--list", "--playbook-dir", dir}, more...)
	for _, s := range sources {
		args = append(args, "-i", s)
	}
	for _, e := range extra {
		args = append(args, "-e", e)
	}
	cmd := exec.Command(judge, args...)
	cmd.Dir = dir
	defaults := filepath.Join(t.TempDir(), "ansible.cfg")
	writeFiles(t, filepath.Dir(defaults), map[string]string{"ansible.cfg": ""})
	cmd.Env = judgeEnv(t, defaults)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ansible-inventory %q: %v\n%s", args, err, stderr.String())
	}
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("ansible-inventory answered %q: %v", out, err)
	}
	return got
}

// judgeEnv keeps the configuration of whoever runs the tests out of them.
func judgeEnv(t *testing.T, config string) []string {
	t.Helper()
	return append(os.Environ(), "ANSIBLE_CONFIG="+config, "ANSIBLE_HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
}

// TestJudgeMatch asks Ansible what the patterns select.
func TestJudgeMatch(t *testing.T) {
	judge := findJudge(t, "ansible")
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"hosts": matchHosts, "ansible.cfg": ""})
	for _, tt := range patterns {
		t.Run(tt.pattern, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(judge, "-i", "hosts", "--list-hosts", tt.pattern)
			cmd.Dir, cmd.Env = dir, judgeEnv(t, filepath.Join(dir, "ansible.cfg"))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("ansible: %v", err)
			}
			_, list, _ := strings.Cut(string(out), "\n")
			if diff := cmp.Diff(tt.want, short(strings.Fields(list))); diff != "" {
				t.Errorf("hosts (-want +ansible):\n%s", diff)
			}
		})
	}
}

// TestJudgeLimit asks Ansible what is selected by -l with a file.
func TestJudgeLimit(t *testing.T) {
	judge := findJudge(t, "ansible")
	for _, tt := range limits {
		t.Run(tt.limit, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFiles(t, dir, map[string]string{"hosts": matchHosts, "ansible.cfg": "", "file": tt.file})
			cmd := exec.Command(judge, "all", "-i", "hosts", "--list-hosts", "--limit", tt.limit)
			cmd.Dir, cmd.Env = dir, judgeEnv(t, filepath.Join(dir, "ansible.cfg"))
			out, err := cmd.Output()
			if failed := err != nil; failed != (tt.want == "") {
				t.Fatalf("ansible: %v", err)
			}
			if _, list, _ := strings.Cut(string(out), "\n"); err == nil {
				if diff := cmp.Diff(tt.want, short(strings.Fields(list))); diff != "" {
					t.Errorf("hosts (-want +ansible):\n%s", diff)
				}
			}
		})
	}
}
