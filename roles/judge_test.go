//go:build ansible

package roles

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJudgeFacts asks Ansible for the facts of this machine: those that templates get
// from us must be the same.
func TestJudgeFacts(t *testing.T) {
	home := t.TempDir()
	config := filepath.Join(home, "ansible.cfg")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ansible", "localhost", "-i", "localhost,", "-c", "local", "-m", "setup")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "ANSIBLE_CONFIG="+config, "ANSIBLE_HOME="+home, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ansible, which is the judge here: %v\n%s", err, out)
	}
	var theirs struct {
		Facts map[string]any `json:"ansible_facts"`
	}
	_, object, _ := strings.Cut(string(out), " => ")
	if err := json.Unmarshal([]byte(object), &theirs); err != nil {
		t.Fatalf("ansible answered %s: %v", out, err)
	}
	probe := exec.Command("sh", append([]string{"-s", "--"}, Questions{}.Args()...)...)
	probe.Stdin = strings.NewReader(ProbeScript())
	answer, err := probe.Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFacts(answer)
	if err != nil {
		t.Fatal(err)
	}
	for name, ours := range f.Ansible() {
		want := theirs.Facts["ansible_"+name]
		if name == "all_ipv4_addresses" {
			continue // Ansible knows no order, and has the addresses of this link
		}
		if whole, ok := want.(map[string]any); ok {
			part := map[string]any{}
			for _, key := range []string{"address", "gateway", "interface"} {
				if v, ok := whole[key]; ok {
					part[key] = v
				}
			}
			want = part
		}
		if n, ok := ours.(int); ok {
			ours = float64(n)
		}
		if diff := cmp.Diff(want, ours); diff != "" {
			t.Errorf("ansible_%s (-ansible +dcosup):\n%s", name, diff)
		}
	}
}
