//go:build ansible

package ansiblecfg_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// judged are the names that ansible-config has for settings; those of the ssh
// connection are as in ansible.cfg.
var judged = map[string]string{
	"DEFAULT_HOST_LIST": "inventory", "DEFAULT_REMOTE_USER": "remote_user", "DEFAULT_PRIVATE_KEY_FILE": "private_key_file",
	"DEFAULT_REMOTE_PORT": "remote_port", "DEFAULT_FORKS": "forks", "DEFAULT_TIMEOUT": "timeout", "HOST_KEY_CHECKING": "host_key_checking",
	"DEFAULT_BECOME": "become", "DEFAULT_BECOME_METHOD": "become_method", "DEFAULT_VAULT_PASSWORD_FILE": "vault_password_file",
	"DEFAULT_VAULT_IDENTITY_LIST": "vault_identity_list", "DEFAULT_VAULT_ID_MATCH": "vault_id_match", "DEFAULT_HASH_BEHAVIOUR": "hash_behaviour",
}

// TestJudge asks ansible-config what is set in each world.
func TestJudge(t *testing.T) {
	judge, err := exec.LookPath("ansible-config")
	if err != nil {
		t.Fatal("ansible-config, which is the judge here, is missing: install ansible-core")
	}
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			dir := w.build(t)
			s, err := w.load(dir)
			if err != nil {
				t.Fatal(err)
			}
			got := roundTrip(t, said(s, dir))
			want := map[string]any{}
			w.ask(t, judge, dir, func(of, name string, value any) {
				if key, ok := judged[name]; of == "" && ok {
					want[key] = value
				}
				if name == "DEFAULT_VAULT_ID_MATCH" {
					want["vault_id_match"] = value != "" // Ansible takes it for a text
				}
				if of == "ssh" && strings.HasPrefix(name, "ssh_") && strings.HasSuffix(name, "_args") {
					want[name] = value
				}
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-ansible +dcosup):\n%s", diff)
			}
		})
	}
}

// ask calls told with each setting that is not Ansible's default.
func (w world) ask(t *testing.T, judge, dir string, told func(of, name string, value any)) {
	t.Helper()
	cmd := exec.Command(judge, "dump", "--only-changed", "-t", "all", "--format", "json")
	cmd.Dir = filepath.Join(dir, "work")
	cmd.Env = []string{"HOME=" + filepath.Join(dir, "home"), "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	for name := range w.env {
		cmd.Env = append(cmd.Env, name+"="+w.variable(dir, name))
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ansible-config: %v\n%s", err, stderr.String())
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(out), dir, "DIR")), &list); err != nil {
		t.Fatalf("ansible-config answered %q: %v", out, err)
	}
	for _, entry := range list {
		if name, ok := entry["name"].(string); ok {
			told("", name, entry["value"])
		}
		plugins, _ := entry["CONNECTION_PLUGINS"].([]any)
		for _, plugin := range plugins {
			for name, options := range plugin.(map[string]any) {
				for _, option := range options.([]any) {
					o := option.(map[string]any)
					told(name, o["name"].(string), o["value"])
				}
			}
		}
	}
}

func roundTrip(t *testing.T, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
