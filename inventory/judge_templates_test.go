//go:build ansible

package inventory_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestJudgeTemplates asks Ansible what the templates of testdata/templates.txtar say.
func TestJudgeTemplates(t *testing.T) {
	judge := findJudge(t, "ansible")
	files, recorded := templated(t)
	dir := t.TempDir()
	files["ansible.cfg"] = ""
	writeFiles(t, dir, files)
	cmd := exec.Command(judge, "bootstraps", "-i", "hosts", "-m", "debug", "-a", "var=dcos.config")
	cmd.Dir = dir
	cmd.Env = judgeEnv(t, filepath.Join(dir, "ansible.cfg"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ansible: %v\n%s%s", err, out, stderr.String())
	}
	var answer map[string]any
	_, object, _ := strings.Cut(string(out), " => ")
	if err := json.Unmarshal([]byte(object), &answer); err != nil {
		t.Fatalf("ansible answered %s: %v", out, err)
	}
	got := pretty(t, answer["dcos.config"])
	if !*update {
		if diff := cmp.Diff(recorded, got); diff != "" {
			t.Errorf("dcos.config (-recorded +ansible):\n%s", diff)
		}
		return
	}
	const path = "testdata/templates.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	archive.Files[len(archive.Files)-1].Data = []byte(got)
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
