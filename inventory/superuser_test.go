package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// superuserVars are the settings of a cluster of DC/OS Enterprise; more stands
// below dcos, config below dcos.config.
func superuserVars(more, config string) map[string]string {
	return map[string]string{"hosts": workshop, "group_vars/all.yml": "dcos:\n  download: https://example.com/x\n  enterprise_dcos: true\n" + more +
		"  config:\n    cluster_name: smack\n" + config}
}

const admin = "    superuser_username: admin\n"

func TestSuperuser(t *testing.T) {
	given := inventory.Overrides{SuperuserPassword: "hunter9", SuperuserPasswordPos: inventory.Pos{File: "--ask-superuser-password"}}
	for _, tt := range []struct {
		name, more, config string
		overrides          inventory.Overrides
		want               string // name, password and place
	}{
		{"none", "", admin, inventory.Overrides{}, "  -"},
		{"in the inventory", "  superuser_password: 'hunter2 '\n", admin, inventory.Overrides{}, "admin hunter2  group_vars/all.yml:4:23"},
		{"from the person who runs it", "", admin, given, "admin hunter9 --ask-superuser-password"},
		{"the inventory wins", "  superuser_password: hunter2\n", admin, given, "admin hunter2 group_vars/all.yml:4:23"},
		{"nothing behind the key", "  superuser_password:\n", admin, given, "admin hunter9 --ask-superuser-password"},
		{"encrypted", "  superuser_password: " + inline(t, "block"), admin, inventory.Overrides{}, "admin 0123456789abcdef group_vars/all.yml:4:23"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster(t, superuserVars(tt.more, tt.config), inventory.Options{Overrides: tt.overrides, Vault: passwords()})
			su := c.Superuser
			if diff := cmp.Diff(tt.want, fmt.Sprint(su.Name, " ", su.Password.Reveal(), " ", su.Pos)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSuperuserThatCannotBe(t *testing.T) {
	given := inventory.Overrides{SuperuserPassword: "hunter9", SuperuserPasswordPos: inventory.Pos{File: "DCOSUP_SUPERUSER_PASSWORD"}}
	for _, tt := range []struct {
		name, more, config string
		overrides          inventory.Overrides
		want               string // the start of the error
		hint               string
	}{
		{"of nobody", "  superuser_password: hunter2\n", "", inventory.Overrides{},
			"group_vars/all.yml:4:23: there is a password, but dcos.config.superuser_username does not say whose it is", "write superuser_username: below config:"},
		{"beside a hash", "  superuser_password: hunter2\n", admin + "    superuser_password_hash: hunter3\n", inventory.Overrides{},
			"group_vars/all.yml:4:23: there is a password for the superuser, and a hash at group_vars/all.yml:8:5", "remove one of the two"},
		{"of the person's, beside a hash", "", admin + "    superuser_password_hash: hunter3\n", given,
			"DCOSUP_SUPERUSER_PASSWORD: there is a password for the superuser, and a hash at group_vars/all.yml:7:5", "remove one of the two"},
		{"in the open release", "  enterprise_dcos: false\n  superuser_password: hunter2\n", admin, inventory.Overrides{},
			"group_vars/all.yml:5:23: there is a password for DC/OS Enterprise's superuser, whom the open release does not have", "take it away, or set enterprise_dcos: true"},
		{"a number", "  superuser_password: 0123\n", admin, inventory.Overrides{}, "group_vars/all.yml:4:23: superuser_password begins with 0, and YAML reads such a number to the base of eight", "put it in quotes"},
		{"empty", "  superuser_password: ''\n", admin, inventory.Overrides{}, "group_vars/all.yml:4:23: superuser_password is empty", "write a password"},
		{"over two lines", "  superuser_password: \"hunter\\n2\"\n", admin, inventory.Overrides{}, "group_vars/all.yml:4:23: superuser_password has a character in it", "remove line ends"},
		{"a template", "  superuser_password: '{{ password }}'\n", admin, inventory.Overrides{}, "group_vars/all.yml:4:27: dcos.superuser_password: password is not defined", ""},
		{"a text that looks like a template", "  superuser_password: 'a{{ hunter2 hunter2 }}'\n", admin, inventory.Overrides{}, "group_vars/all.yml:4:36: dcos.superuser_password: its template cannot be evaluated", "put !unsafe before"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := superuserVars(tt.more, tt.config)
			files["group_vars/all.yml"] = strings.Replace(files["group_vars/all.yml"], "  enterprise_dcos: true\n  enterprise_dcos: false\n", "  enterprise_dcos: false\n\n", 1)
			inv, err := load(t, files, inventory.Options{Overrides: tt.overrides})
			if err != nil {
				t.Fatal(err)
			}
			_, err = inv.Cluster()
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.hint) {
				t.Errorf("got %v, want %q and the hint %q", err, tt.want, tt.hint)
			}
			if err != nil && strings.Contains(err.Error(), "hunter") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}
