package knownhosts_test

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"dcosup/remote/knownhosts"
)

// key makes a key from a seed of one letter.
func key(t testing.TB, seed string) ssh.PublicKey {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, ed25519.SeedSize)))
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func text(key ssh.PublicKey) string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) }

// corpus is a file with all that OpenSSH knows, and what it passes over.
func corpus(t testing.TB) string {
	a, b := text(key(t, "a")), text(key(t, "b"))
	return strings.Join([]string{
		"# a comment",
		"",
		"plain.example.com " + a,
		"two,names " + b + " with a comment",
		"  indented\t" + a,
		"[port]:2222 " + a,
		"*.wild.example.com,!not.wild.example.com " + a,
		"10.0.0.? " + b,
		"UPPER " + a,
		knownhosts.Hashed("secret") + " " + a,
		knownhosts.Hashed("[secret]:2200") + " " + b,
		"@cert-authority *.ca.example.com " + a,
		"@revoked * " + text(key(t, "r")),
		"@unknown marked " + a,
		"ssh1 1024 35 12345678901234567890",
		"newtype ssh-future AAAA",
		"liar ssh-rsa " + strings.Fields(a)[1],
		"broken ssh-ed25519 AAAAC3Nz!!!!",
		"short ssh-ed25519",
		"|1|nonsense " + a,
		"crlf " + a + "\r",
		"fe80::1 " + b,
		"last " + a,
	}, "\n")
}

// ssh-keygen -F is the judge of which lines belong to a name.
func TestLookupAsSSHKeygen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(corpus(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := knownhosts.Read(filepath.Join(t.TempDir(), "none"), file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"plain.example.com", "PLAIN.example.com", "two", "names", "indented", "port", "[port]:2222", "x.wild.example.com",
		"not.wild.example.com", "wild.example.com", "10.0.0.1", "10.0.0.11", "upper", "secret", "[secret]:2200", "[secret]:22",
		"y.ca.example.com", "marked", "ssh1", "newtype", "liar", "broken", "short", "crlf", "fe80::1", "last", "nobody",
	} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.Command("ssh-keygen", "-F", name, "-f", file).Output()
			if err != nil && len(out) > 0 {
				t.Fatal(err)
			}
			var want, got []string
			for _, m := range regexp.MustCompile(`(?m)^# Host .* found: line (\d+)`).FindAllStringSubmatch(string(out), -1) {
				want = append(want, m[1])
			}
			for _, e := range files.Lookup(name) {
				got = append(got, fmt.Sprint(e.Line))
			}
			// ssh-keygen shows a line whose key nobody can read; ssh believes none from it.
			want = slices.DeleteFunc(want, func(line string) bool { return name == "liar" && line == "17" || name == "broken" && line == "18" })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("lines (-ssh-keygen +ours):\n%s", diff)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	good, other, gone := key(t, "a"), key(t, "b"), key(t, "r")
	plain := func(k ssh.PublicKey) knownhosts.Entry { return knownhosts.Entry{Key: k} }
	authority := knownhosts.Entry{Marker: knownhosts.Authority, Key: other}
	revoked := knownhosts.Entry{Marker: knownhosts.Revoked, Key: gone}
	cert := func(by, of ssh.PublicKey) ssh.PublicKey { return &ssh.Certificate{Key: of, SignatureKey: by} }
	for _, tt := range []struct {
		name    string
		entries []knownhosts.Entry
		key     ssh.PublicKey
		want    knownhosts.Verdict
	}{
		{"nothing stands there", nil, good, knownhosts.New},
		{"it stands there", []knownhosts.Entry{plain(good)}, good, knownhosts.Known},
		{"it stands there, after others", []knownhosts.Entry{plain(other), plain(good)}, good, knownhosts.Known},
		{"another stands there", []knownhosts.Entry{plain(other)}, good, knownhosts.Changed},
		{"an authority's own key is no host's", []knownhosts.Entry{authority}, other, knownhosts.New},
		{"revoked", []knownhosts.Entry{revoked}, gone, knownhosts.IsRevoked},
		{"revoked, though it stands there", []knownhosts.Entry{plain(gone), revoked}, gone, knownhosts.IsRevoked},
		{"another is revoked", []knownhosts.Entry{plain(good), revoked}, good, knownhosts.Known},
		{"signed by the authority", []knownhosts.Entry{authority}, cert(other, good), knownhosts.Known},
		{"signed by a stranger", []knownhosts.Entry{authority}, cert(good, good), knownhosts.New},
		{"a certificate where the key stands", []knownhosts.Entry{plain(good)}, cert(other, good), knownhosts.New},
		{"signed by a revoked authority", []knownhosts.Entry{authority, revoked}, cert(gone, good), knownhosts.IsRevoked},
		{"a revoked key, signed", []knownhosts.Entry{authority, revoked}, cert(other, gone), knownhosts.IsRevoked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := knownhosts.Judge(tt.entries, tt.key); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false},
		{"?", "a", true}, {"?", "", false}, {"*.b", "a.b", true}, {"**a", "ba", true}, {"a*b*c", "axbxbxc", true}, {"", "", true}, {"", "a", false},
	} {
		if got := knownhosts.Match(tt.pattern, tt.name); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}

// Lines that we write are found by ssh-keygen, hashed or not, also after a last line without an end.
func TestAppend(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "known_hosts")
	a := key(t, "a")
	if err := knownhosts.Append(file, knownhosts.Line("one", a)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(knownhosts.Line("one", a)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := knownhosts.Append(file, knownhosts.Line(knownhosts.Name("Two", 2222), a), knownhosts.Line(knownhosts.Hashed("three"), a)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "[two]:2222", "three"} {
		if out, err := exec.Command("ssh-keygen", "-F", name, "-f", file).CombinedOutput(); err != nil {
			t.Errorf("ssh-keygen does not find %s: %v %s", name, err, out)
		}
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(corpus(f), "secret")
	f.Add("@revoked * ssh-ed25519 AAAA\n|1|a|b x y\n", "*")
	f.Fuzz(func(t *testing.T, file, name string) {
		for _, e := range knownhosts.Parse("f", []byte(file)) {
			if e.Key == nil || e.Line < 1 || e.Line > strings.Count(file, "\n")+1 {
				t.Fatalf("entry %+v", e)
			}
		}
		// What is written is read again, whatever else the file holds.
		if name = strings.ToLower(name); name == "" || strings.ContainsAny(name, " \t\r\n\v\f\u0085\u00a0,!*?@#|") || strings.ToValidUTF8(name, "") != name {
			return
		}
		path := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		k := key(t, "z")
		if err := knownhosts.Append(path, knownhosts.Line(name, k)); err != nil {
			t.Fatal(err)
		}
		files, err := knownhosts.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := knownhosts.Judge(files.Lookup(name), k); v != knownhosts.Known {
			t.Errorf("%q: %s", name, v)
		}
	})
}
