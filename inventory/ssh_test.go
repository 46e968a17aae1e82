package inventory_test

import (
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSSH(t *testing.T) {
	no := false
	flags := inventory.Overrides{
		User: "flag", KeyFiles: []string{"/flag.pem"}, Port: 2022, BecomeUser: "admin",
		Password: "flag-pass", BecomePassword: "flag-sudo",
	}
	flagSSH := inventory.SSH{
		Host: "m", Port: 2022, User: "flag", KeyFiles: []string{"/flag.pem"}, Become: true, BecomeUser: "admin",
		Password: "flag-pass", BecomePassword: "flag-sudo",
	}
	root := inventory.SSH{Host: "m", Port: 22, Become: true, BecomeUser: "root"}
	with := func(s inventory.SSH, change func(*inventory.SSH)) inventory.SSH { change(&s); return s }
	for _, tt := range []struct {
		name  string
		vars  string
		extra []string
		flags inventory.Overrides
		want  inventory.SSH
	}{
		{name: "nothing said", want: root},
		{name: "flags are defaults", flags: flags, want: flagSSH},
		{name: "-b is not needed, and can be refused", flags: inventory.Overrides{Become: &no},
			want: with(root, func(s *inventory.SSH) { s.Become = false })},
		{name: "variables win over flags", flags: flags,
			vars: "ansible_host=192.0.2.1 ansible_port=2222 ansible_user=op ansible_ssh_private_key_file=~/k ansible_password=p ansible_become_user=su ansible_become_password=s ansible_become=no",
			want: inventory.SSH{
				Host: "192.0.2.1", Port: 2222, User: "op", KeyFiles: []string{"/home/op/k"}, Password: "p",
				BecomeUser: "su", BecomePassword: "s",
			}},
		{name: "-e wins over all", flags: flags, vars: "ansible_user=op ansible_port=1", extra: []string{"ansible_user=extra ansible_port=3333"},
			want: with(flagSSH, func(s *inventory.SSH) { s.User, s.Port = "extra", 3333 })},
		{name: "old names", vars: "ansible_ssh_host=192.0.2.1 ansible_ssh_port=2222 ansible_ssh_user=op ansible_ssh_pass=p ansible_become_pass=s",
			want: inventory.SSH{Host: "192.0.2.1", Port: 2222, User: "op", Password: "p", Become: true, BecomeUser: "root", BecomePassword: "s"}},
		{name: "local", vars: "ansible_connection=local", want: with(root, func(s *inventory.SSH) { s.Local = true })},
		{name: "a port in quotes", vars: `ansible_port="'2222'"`, want: with(root, func(s *inventory.SSH) { s.Port = 2222 })},
		{name: "options of ssh",
			vars: `ansible_ssh_common_args='-o ProxyJump=u@b:22 -oUserKnownHostsFile=~/known -o "StrictHostKeyChecking accept-new" -o IdentitiesOnly=yes -C -o ControlMaster=auto'`,
			want: with(root, func(s *inventory.SSH) {
				s.ProxyJump, s.UserKnownHostsFile = "u@b:22", []string{"/home/op/known"}
				s.StrictHostKeyChecking, s.IdentitiesOnly = "accept-new", true
			})},
		{name: "letters of ssh", vars: `ansible_ssh_extra_args='-J b -i /k -p 2200 -l op'`,
			want: with(root, func(s *inventory.SSH) {
				s.ProxyJump, s.KeyFiles, s.Port, s.User = "b", []string{"/k"}, 2200, "op"
			})},
		{name: "the first of two options counts", vars: `ansible_ssh_common_args='-J one' ansible_ssh_extra_args='-J two'`,
			want: with(root, func(s *inventory.SSH) { s.ProxyJump = "one" })},
		{name: "a command that is a jump", vars: `ansible_ssh_common_args='-o ProxyCommand="ssh -W %h:%p -q -p 2222 op@bastion"'`,
			want: with(root, func(s *inventory.SSH) { s.ProxyJump = "op@bastion:2222" })},
		{name: "Ansible's switch for host keys", vars: `ansible_host_key_checking=false`,
			want: with(root, func(s *inventory.SSH) { s.StrictHostKeyChecking = "no" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hosts := "[bootstrap]\nb ansible_host=198.51.100.1\n[masters]\nm " + tt.vars + "\n[agents]\na ansible_host=198.51.100.2\n"
			c := cluster(t, map[string]string{"hosts": hosts}, inventory.Options{ExtraVars: tt.extra, Overrides: tt.flags})
			if diff := cmp.Diff(tt.want, c.Node("m").SSH, cmpopts.IgnoreUnexported(inventory.SSH{}), cmpopts.EquateEmpty(), revealed); diff != "" {
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
		{"-o ForwardAgent=yes", "the option ForwardAgent, which dcosup does not use"},
		{"-F other.conf", `"-F", which dcosup does not use`},
		{"-o ProxyCommand='nc -x proxy %h %p'", "a ProxyCommand that dcosup cannot follow"},
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
