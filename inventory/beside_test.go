package inventory

import "testing"

// A file that a value names lies beside the inventory, whichever file of it has the value.
func TestBeside(t *testing.T) {
	c := &Cluster{inv: &Inventory{disk: disk{workDir: "/home/me"}}}
	tests := []struct{ file, name, want string }{
		{"hosts", "packages/*.deb", "/home/me/packages/*.deb"},
		{"cluster/hosts", "a.deb", "/home/me/cluster/a.deb"},
		{"/etc/cluster/hosts", "../a.deb", "/etc/a.deb"},
		{"group_vars/all.yml", "a.deb", "/home/me/a.deb"},
		{"cluster/group_vars/all/docker.yml", "a.deb", "/home/me/cluster/a.deb"},
		{"/c/host_vars/m.yml", "a.deb", "/c/a.deb"},
		{"/home/group_vars/c/host_vars/m.yml", "a.deb", "/home/group_vars/c/a.deb"},
		{"--extra-vars", "a.deb", "/home/me/a.deb"},
		{"group_vars/all.yml", "/srv/../opt/a.deb", "/opt/a.deb"},
	}
	for _, test := range tests {
		if got := c.Beside(Pos{File: test.file}, test.name); got != test.want {
			t.Errorf("%s in %s: got %s, want %s", test.name, test.file, got, test.want)
		}
	}
}
