package cli

import "testing"

// The next command is shown with the flags of this one, and kept in the run's directory: secrets among them are not.
func TestConcealed(t *testing.T) {
	for vars, want := range map[string]string{
		"version=2.1": "version=2.1", "@secrets.yml": "@secrets.yml", `{"a": 1}`: `{"a": 1}`,
		"ansible_become_password=x y=z": "ansible_become_password=***", "ansible_ssh_pass=x": "ansible_ssh_pass=***",
		"ansible_ssh_private_key_file=id": "ansible_ssh_private_key_file=id", "a=b ansible_password=x": "a=***", `{"ansible_password": "x=y"}`: "***", "ansible_password: x": "***",
	} {
		if got := concealed(vars); got != want {
			t.Errorf("%s: got %s, want %s", vars, got, want)
		}
	}
}
