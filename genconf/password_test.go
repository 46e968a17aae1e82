package genconf_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"dcosup/genconf"
	"dcosup/secret"
)

func hash(t *testing.T, cluster, user string, password secret.Text) string {
	t.Helper()
	text, err := genconf.HashPassword(cluster, user, password)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHashPassword(t *testing.T) {
	first := hash(t, "prod", "admin", "hunter2")
	if !regexp.MustCompile(`^\$6\$rounds=656000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$`).MatchString(first) {
		t.Errorf("got %q, want the form of DC/OS's own", first)
	}
	if again := hash(t, "prod", "admin", "hunter2"); again != first {
		t.Errorf("the same password has two hashes, %q and %q: every run would see a change", first, again)
	}
	if other := hash(t, "prod", "admin", "hunter3"); other == first {
		t.Errorf("another password has the same hash, %q", other)
	}
}

func TestPasswordSalt(t *testing.T) {
	seen := map[string]string{}
	for name, salt := range map[string]string{
		"a cluster and a user":     genconf.PasswordSalt("prod", "admin"),
		"another cluster":          genconf.PasswordSalt("test", "admin"),
		"another user":             genconf.PasswordSalt("prod", "root"),
		"the border between names": genconf.PasswordSalt("proda", "dmin"),
		"names that are not ASCII": genconf.PasswordSalt("prüf", "admin"),
		"no names":                 genconf.PasswordSalt("", ""),
	} {
		if !regexp.MustCompile(`^[./0-9A-Za-z]{16}$`).MatchString(salt) {
			t.Errorf("%s: %q is no salt", name, salt)
		}
		if same, double := seen[salt]; double {
			t.Errorf("%s has the salt of %s", name, same)
		}
		seen[salt] = name
	}
	// It must never change: clusters are recognised by it.
	if got, want := genconf.PasswordSalt("prod", "admin"), "3PvueZgzFtw6taka"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The system's own crypt, in Perl, judges: the hash is what logging in will be checked by.
func TestHashPasswordAsCryptHasIt(t *testing.T) {
	for _, password := range []secret.Text{"hunter2", "päss wörd $6$", secret.Text(strings.Repeat("long", 40))} {
		got := hash(t, "prod", "admin", password)
		out, err := exec.Command("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password.Reveal(), got[:strings.LastIndex(got, "$")]).CombinedOutput()
		if err != nil {
			t.Fatalf("perl: %v: %s", err, out)
		}
		if string(out) != got {
			t.Errorf("got %q, want %q", got, out)
		}
	}
}
