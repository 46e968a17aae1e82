package ansiblecfg_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/inventory/ansiblecfg"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"
)

// world is a machine with a person who works in DIR/work and lives in DIR/home.
// DIR stands for its directory in files and variables.
type world struct {
	name  string
	files map[string]string
	env   map[string]string
	// public is a working directory that everybody may write into.
	public bool
	// want are the settings, by the names of ansible.cfg; paths begin with DIR.
	want map[string]any
}

var worlds = []world{
	{name: "nothing", want: map[string]any{}},
	{name: "all settings", files: map[string]string{"work/ansible.cfg": `
# a comment
[defaults]
inventory = hosts, ~/inv,/abs/hosts
remote_user = core
private_key_file: keys/id
forks=7 ; with a comment
remote_port = 2222
timeout = 30
host_key_checking = False
vault_password_file = ~/.vault
vault_identity_list = lab@~/lab, prod@prompt
vault_id_match = on
hash_behaviour = merge
gathering = smart

[privilege_escalation]
become = True
become_method = su
become_user = root
[ssh_connection]
ssh_args = -o A=b
  -o C=d
# a comment within

  -o E=f
ssh_common_args = '-J bastion'
ssh_extra_args = "-v"
pipelining = True
`}, want: map[string]any{
		"inventory": []string{"DIR/work/hosts", "DIR/home/inv", "/abs/hosts"}, "remote_user": "core", "private_key_file": "DIR/work/keys/id",
		"forks": 7, "remote_port": 2222, "timeout": 30, "host_key_checking": false, "vault_password_file": "DIR/home/.vault",
		"vault_identity_list": []string{"lab@~/lab", "prod@prompt"}, "vault_id_match": true, "hash_behaviour": "merge",
		"become": true, "become_method": "su",
		"ssh_args": "-o A=b\n-o C=d\n\n-o E=f", "ssh_common_args": "-J bastion", "ssh_extra_args": "-v",
	}},
	{name: "the environment wins", files: map[string]string{"work/ansible.cfg": "[defaults]\nforks=7\nremote_user=core\ntimeout=5\nbecome=no\ninventory=hosts\nvault_identity_list=a@b\n"},
		env: map[string]string{"ANSIBLE_FORKS": "9", "ANSIBLE_TIMEOUT": "6", "ANSIBLE_BECOME": "no", "ANSIBLE_INVENTORY": "x, DIR/y",
			"ANSIBLE_VAULT_IDENTITY_LIST": "c@d", "ANSIBLE_SSH_COMMON_ARGS": "-C", "ANSIBLE_PRIVATE_KEY_FILE": "id", "ANSIBLE_HOST_KEY_CHECKING": "no"},
		want: map[string]any{"forks": 9, "remote_user": "core", "timeout": 6, "become": false, "inventory": []string{"DIR/work/x", "DIR/y"},
			"vault_identity_list": []string{"c@d"}, "ssh_common_args": "-C", "private_key_file": "DIR/work/id", "host_key_checking": false}},
	{name: "the home directory", files: map[string]string{"home/.ansible.cfg": "[defaults]\nforks=7\ninventory=inv/hosts\n"},
		want: map[string]any{"forks": 7, "inventory": []string{"DIR/home/inv/hosts"}}},
	{name: "the working directory before the home directory", files: map[string]string{
		"work/ansible.cfg": "[defaults]\nforks=8\n", "home/.ansible.cfg": "[defaults]\nforks=7\ntimeout=3\n"},
		want: map[string]any{"forks": 8}},
	{name: "ANSIBLE_CONFIG before all", files: map[string]string{
		"work/ansible.cfg": "[defaults]\nforks=8\n", "etc/my.cfg": "[defaults]\nforks=6\nvault_password_file=pw\n"},
		env: map[string]string{"ANSIBLE_CONFIG": "DIR/etc/my.cfg"}, want: map[string]any{"forks": 6, "vault_password_file": "DIR/etc/pw"}},
	{name: "ANSIBLE_CONFIG is a directory", files: map[string]string{"etc/ansible.cfg": "[defaults]\nforks=6\n"},
		env: map[string]string{"ANSIBLE_CONFIG": "../etc"}, want: map[string]any{"forks": 6}},
	{name: "ANSIBLE_CONFIG is nowhere", files: map[string]string{"work/ansible.cfg": "[defaults]\nforks=8\n"},
		env: map[string]string{"ANSIBLE_CONFIG": "DIR/none.cfg"}, want: map[string]any{"forks": 8}},
	{name: "everybody may write", public: true, files: map[string]string{
		"work/ansible.cfg": "[defaults]\nforks=8\n", "home/.ansible.cfg": "[defaults]\nforks=7\n"},
		want: map[string]any{"forks": 7}},
	{name: "forms", files: map[string]string{"work/ansible.cfg": "; comment\r\n[DEFAULT]\r\nremote_user = all\r\nforks = 2\r\n[defaults]  \r\n" +
		"FORKS : 3\r\n" + "private_key_file = $HOME/${NAME}/$NOBODY ;c\r\nvault_password_file = {{CWD}}/a;b\r\n[ssh_connection]\r\n" +
		"ssh_args =\r\n    -C\r\n    # no\r\n\ttimeout = 4\r\n[other]\r\nssh_common_args = -x\r\n"},
		env: map[string]string{"NAME": "keys"},
		want: map[string]any{"remote_user": "all", "forks": 3, "private_key_file": "DIR/home/keys/$NOBODY", "vault_password_file": "DIR/work/a;b",
			"ssh_args": "\n-C\ntimeout = 4"}},
}

// build makes the world, and returns its directory.
func (w world) build(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"work", "home"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range w.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if w.public {
		if err := os.Chmod(filepath.Join(dir, "work"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// variable is one of the environment.
func (w world) variable(dir, name string) string {
	if name == "HOME" {
		return filepath.Join(dir, "home")
	}
	return strings.ReplaceAll(w.env[name], "DIR", dir)
}

func (w world) load(dir string) (*ansiblecfg.Settings, error) {
	return ansiblecfg.Load(ansiblecfg.Options{
		Getenv:  func(name string) string { return w.variable(dir, name) },
		WorkDir: filepath.Join(dir, "work"), Home: filepath.Join(dir, "home"), System: filepath.Join(dir, "none"),
	})
}

// said are the settings that are made, by the names of ansible.cfg.
func said(s *ansiblecfg.Settings, dir string) map[string]any {
	got := map[string]any{}
	abs := func(path string) string {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, "work", path)
		}
		return strings.Replace(path, dir, "DIR", 1)
	}
	for key, v := range map[string]string{"remote_user": s.RemoteUser, "become_method": s.BecomeMethod, "ssh_args": s.SSHArgs,
		"ssh_common_args": s.SSHCommonArgs, "ssh_extra_args": s.SSHExtraArgs} {
		if v != "" {
			got[key] = v
		}
	}
	for key, v := range map[string]string{"private_key_file": s.PrivateKeyFile, "vault_password_file": s.VaultPasswordFile} {
		if v != "" {
			got[key] = abs(v)
		}
	}
	for key, v := range map[string]int{"forks": s.Forks, "timeout": s.Timeout, "remote_port": s.RemotePort} {
		if v != 0 {
			got[key] = v
		}
	}
	for key, v := range map[string]*bool{"host_key_checking": s.HostKeyChecking, "become": s.Become} {
		if v != nil {
			got[key] = *v
		}
	}
	if s.Inventory != nil {
		var paths []string
		for _, path := range s.Inventory {
			paths = append(paths, abs(path))
		}
		got["inventory"] = paths
	}
	if s.VaultIdentityList != nil {
		got["vault_identity_list"] = s.VaultIdentityList
	}
	if s.VaultIDMatch {
		got["vault_id_match"] = true
	}
	if s.MergeHashes {
		got["hash_behaviour"] = "merge"
	}
	return got
}

func TestLoad(t *testing.T) {
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) {
			dir := w.build(t)
			s, err := w.load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.want, said(s, dir)); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	w := world{files: map[string]string{"work/ansible.cfg": "[defaults]\nforks =  7\n"}, env: map[string]string{"ANSIBLE_TIMEOUT": "5"}}
	s, err := w.load(w.build(t))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"forks": "ansible.cfg:2:10", "timeout": "ANSIBLE_TIMEOUT", "become": "-"} {
		if got := s.Origin(key).String(); got != want {
			t.Errorf("Origin(%q) = %s, want %s", key, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	w := world{public: true, files: map[string]string{"work/ansible.cfg": "[defaults]\n"}, env: map[string]string{"ANSIBLE_CONFIG": "/none/my.cfg"}}
	s, err := w.load(w.build(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, warning := range s.Warnings {
		got = append(got, warning.Error())
	}
	want := []string{"ANSIBLE_CONFIG: /none/my.cfg cannot be read, and another ansible.cfg counts, if there is one",
		"ansible.cfg: the file is passed over, as Ansible does: everybody may write into its directory"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestErrors has everything that can be wrong; all of it is said at once.
func TestErrors(t *testing.T) {
	w := world{files: map[string]string{"work/ansible.cfg": `early = 1
[defaults]
forks = many
timeout = 0
no setting
host_key_checking = maybe
hash_behaviour = mrege
forks = 3
[privilege_escalation]
become_user = admin
become_method = community.general.pbrun
[defaults]
`}, env: map[string]string{"ANSIBLE_REMOTE_PORT": "70000"}}
	_, err := w.load(w.build(t))
	var all *multierror.Error
	if !errors.As(err, &all) {
		t.Fatalf("error = %v", err)
	}
	var got []string
	for _, e := range all.Errors {
		var placed *inventory.Error
		if !errors.As(e, &placed) {
			t.Fatalf("an error of the type %T", e)
		}
		got = append(got, fmt.Sprintf("%s | %s", e, placed.Source))
	}
	want := []string{
		"ansible.cfg:1:1: the line stands in no section | early = 1",
		"ansible.cfg:5:1: the line makes no setting | no setting",
		"ansible.cfg:8:1: forks is here for the second time; it is in line 3 too | forks = 3",
		"ansible.cfg:12:1: the section [defaults] is here for the second time; it began in line 2 | [defaults]",
		"ANSIBLE_REMOTE_PORT: it must be a number from 1 to 65535, not \"70000\" | ",
		"ansible.cfg:4:11: timeout must be a number from 1 to 86400, not \"0\" | timeout = 0",
		"ansible.cfg:6:21: host_key_checking must be true or false, not \"maybe\" | host_key_checking = maybe",
		"ansible.cfg:11:17: become_method is \"community.general.pbrun\", and dcosup knows sudo, su, doas | become_method = community.general.pbrun",
		"ansible.cfg:10:15: become_user is \"admin\", and installing DC/OS needs root | become_user = admin",
		"ansible.cfg:7:18: hash_behaviour must be replace or merge | hash_behaviour = mrege",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func FuzzLoad(f *testing.F) {
	for _, w := range worlds {
		for _, text := range w.files {
			f.Add(text)
		}
	}
	f.Add("[\n[]\n=\n:\n[a]\n=x\n ;\n\xff")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, "ansible.cfg"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ansiblecfg.Load(ansiblecfg.Options{WorkDir: dir, System: filepath.Join(dir, "none")})
		var all *multierror.Error
		if err != nil && !errors.As(err, &all) {
			t.Errorf("an error of the type %T", err)
		}
		if all != nil {
			for _, e := range all.Errors {
				var placed *inventory.Error
				if !errors.As(e, &placed) || placed.Pos.Line < 1 || placed.Pos.Line > 1+strings.Count(text, "\n") {
					t.Errorf("%q: %v", text, e)
				}
			}
		}
	})
}
