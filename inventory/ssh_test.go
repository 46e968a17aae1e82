package inventory_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dcosup/inventory"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSSH(t *testing.T) {
	no := false
	flags := inventory.Overrides{
		User: "flag", KeyFiles: []string{"/flag.pem"}, Port: 2022, BecomeMethod: "su", Timeout: 7 * time.Second,
		Password: "flag-pass", BecomePassword: "flag-sudo", SSHCommonArgs: "-J common", SSHExtraArgs: "-J extra",
	}
	type options []string
	flagSSH := inventory.SSH{
		Host: "m", Port: 2022, User: "flag", KeyFiles: []string{"/flag.pem"}, Become: true, BecomeMethod: "su",
		Password: "flag-pass", BecomePassword: "flag-sudo",
	}
	root := inventory.SSH{Host: "m", Become: true, BecomeMethod: "sudo"}
	with := func(s inventory.SSH, change func(*inventory.SSH)) inventory.SSH { change(&s); return s }
	for _, tt := range []struct {
		name    string
		vars    string
		extra   []string
		flags   inventory.Overrides
		want    inventory.SSH
		options options // as Ansible would give them to ssh
	}{
		{name: "nothing said", want: root},
		{name: "flags are defaults", flags: flags, want: flagSSH,
			options: options{"Port 2022", `IdentityFile "/flag.pem"`, `User "flag"`, "ConnectTimeout 7", "ProxyJump common", "ProxyJump extra"}},
		{name: "-b is not needed, and can be refused", flags: inventory.Overrides{Become: &no},
			want: with(root, func(s *inventory.SSH) { s.Become = false })},
		{name: "variables win over flags", flags: flags,
			vars: "ansible_host=192.0.2.1 ansible_port=2222 ansible_user=op ansible_ssh_private_key_file=~/k ansible_password=p ansible_become_user=root " +
				"ansible_become_password=s ansible_become=no ansible_become_method=community.general.doas ansible_timeout=3 ansible_ssh_common_args='-J mine' ansible_ssh_extra_args='-q'",
			want: inventory.SSH{
				Host: "192.0.2.1", Port: 2222, User: "op", KeyFiles: []string{"/home/op/k"}, Password: "p",
				BecomeMethod: "doas", BecomePassword: "s",
			}, options: options{"Port 2222", `IdentityFile "/home/op/k"`, `User "op"`, "ConnectTimeout 3", "ProxyJump mine"}},
		{name: "-e wins over all", flags: inventory.Overrides{User: "flag"}, vars: "ansible_user=op ansible_port=1", extra: []string{"ansible_user=extra ansible_port=3333"},
			want: with(root, func(s *inventory.SSH) { s.User, s.Port = "extra", 3333 }), options: options{"Port 3333", `User "extra"`}},
		{name: "old names", vars: "ansible_ssh_host=192.0.2.1 ansible_ssh_port=2222 ansible_ssh_user=op ansible_ssh_pass=p ansible_become_pass=s",
			want:    inventory.SSH{Host: "192.0.2.1", Port: 2222, User: "op", Password: "p", Become: true, BecomeMethod: "sudo", BecomePassword: "s"},
			options: options{"Port 2222", `User "op"`}},
		{name: "local", vars: "ansible_connection=local", want: with(root, func(s *inventory.SSH) { s.Local = true })},
		{name: "a port in quotes", vars: `ansible_port="'2222'"`, want: with(root, func(s *inventory.SSH) { s.Port = 2222 }), options: options{"Port 2222"}},
		{name: "options of ssh", want: root,
			vars:    `ansible_ssh_common_args='-o ProxyJump=u@b:22 -oUserKnownHostsFile=~/known -o "StrictHostKeyChecking accept-new" -o IdentitiesOnly=yes -C -o ControlMaster=auto'`,
			options: options{"ProxyJump u@b:22", "UserKnownHostsFile ~/known", "StrictHostKeyChecking accept-new", "IdentitiesOnly yes", "ControlMaster auto"}},
		{name: "letters of ssh", vars: `ansible_ssh_extra_args='-J b -i /k% -p 2200 -l op -F other.conf'`,
			want:    with(root, func(s *inventory.SSH) { s.Port, s.User, s.ConfigFile = 2200, "op", "other.conf" }),
			options: options{"ProxyJump b", `IdentityFile "/k%%"`, "Port 2200", "User op"}},
		{name: "ssh's own arguments come before variables, the others after", vars: `ansible_ssh_args='-p 1 -l one' ansible_user=two ansible_port=2 ansible_ssh_extra_args='-p 3'`,
			want: with(root, func(s *inventory.SSH) { s.Port, s.User = 1, "one" }), options: options{"Port 1", "User one", "Port 2", "Port 3"}},
		{name: "a command", vars: `ansible_ssh_common_args='-o ProxyCommand="ssh -W %h:%p -q -p 2222 op@bastion"'`, want: root,
			options: options{"ProxyCommand ssh -W %h:%p -q -p 2222 op@bastion"}},
		{name: "Ansible's switch for host keys", vars: `ansible_host_key_checking=false`, want: root, options: options{"StrictHostKeyChecking no"}},
		{name: "a user with a quote", vars: `ansible_user='"a\"b c"'`, want: with(root, func(s *inventory.SSH) { s.User = `a"b c` }),
			options: options{`User "a\"b c"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hosts := "[bootstrap]\nb ansible_host=198.51.100.1\n[masters]\nm " + tt.vars + "\n[agents]\na ansible_host=198.51.100.2\n"
			c := cluster(t, map[string]string{"hosts": hosts}, inventory.Options{ExtraVars: tt.extra, Overrides: tt.flags})
			got := c.Node("m").SSH
			var given options
			for _, o := range got.Options {
				given = append(given, o.Name+" "+o.Value)
			}
			if diff := cmp.Diff(tt.options, given); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			got.Options, got.ConfigFile = nil, filepath.Base(got.ConfigFile)
			if tt.want.ConfigFile == "" {
				tt.want.ConfigFile = "."
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(inventory.SSH{}), cmpopts.EquateEmpty(), revealed); diff != "" {
				t.Errorf("ssh (-want +got):\n%s", diff)
			}
			if len(c.Warnings) > 0 {
				t.Errorf("warned:\n%s", warnings(c.Warnings))
			}
		})
	}
}

// revealed compares secrets by what they hide.
var revealed = cmp.Comparer(func(a, b secret.Text) bool { return a.Reveal() == b.Reveal() })

func TestSSHWarnsOfWhatItDoesNotUse(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-W a:1", `"-W", which dcosup does not use`},
		{"-D 1080", `"-D", which dcosup does not use`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			vars := settings + "ansible_ssh_common_args: " + `"` + tt.args + `"` + "\n"
			c := cluster(t, map[string]string{"group_vars/all.yml": vars}, inventory.Options{})
			got := warnings(c.Warnings)
			if !strings.Contains(got, "group_vars/all.yml:5:26: ansible_ssh_common_args has "+tt.want) {
				t.Errorf("warnings:\n%s\nwant one with %q", got, tt.want)
			}
			if len(c.Warnings) != 1 {
				t.Errorf("%d warnings of one mistake, want 1:\n%s", len(c.Warnings), got)
			}
		})
	}
}
