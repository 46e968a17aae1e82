package vault_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/inventory/vault"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
)

// golden returns an envelope that ansible-core 2.14 made.
func golden(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".vault"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ring returns the passwords of "label=password" words.
func ring(words ...string) *vault.Keyring {
	k := &vault.Keyring{}
	for _, w := range words {
		id, password, _ := strings.Cut(w, "=")
		k.Secrets = append(k.Secrets, vault.Secret{ID: id, Password: secret.Text(password)})
	}
	return k
}

func TestDecrypt(t *testing.T) {
	for _, tt := range []struct {
		name, envelope, password, want string
	}{
		{"one line", "plain", "hunter2", "a secret\n"},
		{"with a label", "labelled", "other", "für alle: ☃"},
		{"nothing", "empty", "hunter2", ""},
		{"a password beyond ASCII", "unicode", "pässwörd", "x"},
		{"a whole block", "block", "hunter2", "0123456789abcdef"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ring("=" + tt.password).Decrypt([]byte(golden(t, tt.envelope)))
			if err != nil || got.Reveal() != tt.want {
				t.Errorf("Decrypt = %q, %v; want %q", got.Reveal(), err, tt.want)
			}
		})
	}
}

func TestFormsOfTheEnvelope(t *testing.T) {
	plain := golden(t, "plain")
	head, body, _ := strings.Cut(plain, "\n")
	for name, envelope := range map[string]string{
		"carriage returns":        strings.ReplaceAll(plain, "\n", "\r\n"),
		"old Macs":                strings.ReplaceAll(plain, "\n", "\r"),
		"blanks behind lines":     strings.ReplaceAll(plain, "\n", " \t\n"),
		"indented lines":          head + "\n    " + strings.ReplaceAll(body, "\n", "\n    "),
		"empty lines":             head + "\n\n" + body + "\n\n",
		"no newline at the end":   strings.TrimSpace(plain),
		"one line of digits":      head + "\n" + strings.ReplaceAll(body, "\n", ""),
		"digits in capitals":      head + "\n" + strings.ToUpper(body),
		"blanks in the header":    "$ANSIBLE_VAULT ; 1.1 ; AES256 \n" + body,
		"1.1 with a label":        "$ANSIBLE_VAULT;1.1;AES256;lab\n" + body,
		"1.2 without a label":     "$ANSIBLE_VAULT;1.2;AES256\n" + body,
		"more fields in a header": "$ANSIBLE_VAULT;1.2;AES256;lab;x\n" + body,
	} {
		if got, err := ring("=hunter2").Decrypt([]byte(envelope)); err != nil || got.Reveal() != "a secret\n" {
			t.Errorf("%s: %q, %v", name, got.Reveal(), err)
		}
	}
}

func TestPasswords(t *testing.T) {
	for _, tt := range []struct {
		name     string
		envelope string
		match    bool
		secrets  []string
		tried    []string // nil: it is opened
		label    string
	}{
		{name: "none", envelope: "plain", tried: []string{}},
		{name: "a wrong one", envelope: "plain", secrets: []string{"=wrong"}, tried: []string{"default"}},
		{name: "several, of which one is right", envelope: "plain", secrets: []string{"a=x", "b=y", "c=hunter2"}},
		{name: "several of one label", envelope: "plain", secrets: []string{"=x", "default=hunter2"}},
		{name: "several wrong ones", envelope: "plain", secrets: []string{"b=x", "=y", "b=z"}, tried: []string{"default", "b"}},
		{name: "the label first, then all", envelope: "labelled", secrets: []string{"a=x", "lab=y"}, tried: []string{"lab", "a"}, label: "lab"},
		{name: "the label's password under another name", envelope: "labelled", secrets: []string{"a=other"}},
		{name: "only matching ones", envelope: "labelled", match: true, secrets: []string{"a=other"}, tried: []string{}, label: "lab"},
		{name: "only matching ones, and there is one", envelope: "labelled", match: true, secrets: []string{"a=x", "lab=other"}},
		{name: "only matching ones, no label", envelope: "plain", match: true, secrets: []string{"lab=x", "=hunter2"}},
		{name: "only matching ones, no label and none without", envelope: "plain", match: true, secrets: []string{"lab=hunter2"}, tried: []string{}},
		{name: "an empty one", envelope: "plain", secrets: []string{"="}, tried: []string{"default"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := ring(tt.secrets...)
			k.MatchIDs = tt.match
			_, err := k.Decrypt([]byte(golden(t, tt.envelope)))
			if tt.tried == nil {
				if err != nil {
					t.Errorf("error = %v", err)
				}
				return
			}
			var got *vault.PasswordError
			if !errors.As(err, &got) {
				t.Fatalf("error = %v, want a *PasswordError", err)
			}
			if diff := cmp.Diff(vault.PasswordError{Label: tt.label, Tried: append([]string(nil), tt.tried...)}, *got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	var none *vault.Keyring
	if _, err := none.Decrypt([]byte(golden(t, "plain"))); err == nil || err.Error() != "no vault password is given" {
		t.Errorf("a nil Keyring: %v", err)
	}
}

func TestPasswordErrorWords(t *testing.T) {
	for want, e := range map[string]*vault.PasswordError{
		"no vault password is given":                                        {},
		`no vault password for the vault id "lab" is given`:                 {Label: "lab"},
		"no given vault password opens it (tried: default, a)":              {Tried: []string{"default", "a"}},
		"no given vault password opens it (its vault id: lab; tried: prod)": {Label: "lab", Tried: []string{"prod"}},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestTampered changes every part of an envelope, digit by digit: none of them
// may open, and none may be taken for another thing than what it is.
func TestTampered(t *testing.T) {
	const salt, mac = 64, 64 // digits
	lines := strings.SplitN(inner(t, golden(t, "plain")), "\n", 3)
	flip := func(digits string, i int) string {
		c := byte('0')
		if digits[i] == '0' {
			c = '1'
		}
		return digits[:i] + string(c) + digits[i+1:]
	}
	changed := map[string]string{}
	for _, i := range []int{0, 31, salt - 1} {
		changed[fmt.Sprintf("salt, digit %d", i)] = outer(flip(lines[0], i), lines[1], lines[2])
	}
	for _, i := range []int{0, 31, mac - 1} {
		changed[fmt.Sprintf("HMAC, digit %d", i)] = outer(lines[0], flip(lines[1], i), lines[2])
	}
	for _, i := range []int{0, 15, len(lines[2]) - 1} {
		changed[fmt.Sprintf("ciphertext, digit %d", i)] = outer(lines[0], lines[1], flip(lines[2], i))
	}
	changed["ciphertext, longer"] = outer(lines[0], lines[1], lines[2]+"00")
	changed["ciphertext, shorter"] = outer(lines[0], lines[1], lines[2][:len(lines[2])-2])
	for what, envelope := range changed {
		text, err := ring("=hunter2").Decrypt([]byte(envelope))
		var wrong *vault.PasswordError
		if !errors.As(err, &wrong) || text != "" {
			t.Errorf("%s: %q, %v; want a *PasswordError and nothing else", what, text.Reveal(), err)
		}
	}
}

func TestDamaged(t *testing.T) {
	plain := golden(t, "plain")
	lines := strings.SplitN(inner(t, plain), "\n", 3)
	head, body, _ := strings.Cut(plain, "\n")
	for _, tt := range []struct {
		name, envelope string
		want           string
		line           int
	}{
		{"no cipher", "$ANSIBLE_VAULT;1.1\n" + body, "its header is not", 1},
		{"only a header", head, "it ends too early", 0},
		{"joined lines", head + " " + strings.ReplaceAll(body, "\n", " "), "`!vault |`", 1},
		{"a letter", strings.Replace(plain, "3337", "33g7", 1), "not hex digits", 2},
		{"another value's key", plain + "next: !vault |\n", "not hex digits", 7},
		{"a digit less", strings.TrimSpace(plain)[:len(plain)-2], "a hex digit is missing", 0},
		{"a line less", outer(lines[0], lines[1]), "it ends too early", 0},
		{"salt not hexadecimal", outer("zz", lines[1], lines[2]), "its salt is", 0},
		{"no salt", outer("", lines[1], lines[2]), "its salt is", 0},
		{"HMAC not hexadecimal", outer(lines[0], "zz", lines[2]), "its HMAC is", 0},
		{"a short HMAC", outer(lines[0], lines[1][2:], lines[2]), "its HMAC has 31 bytes", 0},
		{"no ciphertext", outer(lines[0], lines[1], ""), "its ciphertext is", 0},
		{"padding of nothing", seal("hunter2", "0123456789abcde\x00", false), "no padding", 0},
		{"padding beyond the block", seal("hunter2", "0123456789abcde\x11", false), "no padding", 0},
		{"padding of mixed bytes", seal("hunter2", "0123456789abcd\x01\x02", false), "no padding", 0},
		{"no whole block", seal("hunter2", "0123", false), "4 bytes are encrypted", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ring("=hunter2").Decrypt([]byte(tt.envelope))
			var got *vault.DamagedError
			if !errors.As(err, &got) || !strings.Contains(err.Error(), tt.want) || got.Line != tt.line {
				t.Errorf("error = %#v, want a *DamagedError at line %d with %q", err, tt.line, tt.want)
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	_, body, _ := strings.Cut(golden(t, "plain"), "\n")
	for _, head := range []string{"1.0;AES", "1.0;AES256", "1.1;AES", "1.3;AES256", "1.2;CHACHA;lab", ";"} {
		_, err := ring("=hunter2").Decrypt([]byte("$ANSIBLE_VAULT;" + head + "\n" + body))
		var got *vault.UnsupportedError
		if !errors.As(err, &got) || !strings.Contains(err.Error(), "1.1 and 1.2 with AES256 are read") {
			t.Errorf("%s: %v, want an *UnsupportedError", head, err)
		}
	}
}

func TestAMegabyte(t *testing.T) {
	want := strings.Repeat("0123456789abcde\n", 1<<16)
	got, err := ring("=hunter2").Decrypt([]byte(seal("hunter2", want, true)))
	if err != nil || got.Reveal() != want {
		t.Errorf("Decrypt = %d bytes, %v; want %d", len(got), err, len(want))
	}
}

// TestSeal holds the test's own encryption against Ansible's.
func TestSeal(t *testing.T) {
	if diff := cmp.Diff(inner(t, golden(t, "plain")), inner(t, seal("hunter2", "a secret\n", true))); diff != "" {
		t.Errorf("envelope (-ansible +test):\n%s", diff)
	}
}

func TestIsEncrypted(t *testing.T) {
	for text, want := range map[string]bool{"$ANSIBLE_VAULT;1.1;AES256\n": true, "$ANSIBLE_VAULT": true, "": false, " $ANSIBLE_VAULT": false, "a: b": false} {
		if got := vault.IsEncrypted(text); got != want {
			t.Errorf("IsEncrypted(%q) = %v", text, got)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	for _, name := range []string{"plain", "labelled", "empty", "unicode", "block"} {
		f.Add([]byte(golden(f, name)))
	}
	for _, text := range []string{"", "$ANSIBLE_VAULT", "$ANSIBLE_VAULT;1.1;AES256\n0a0a", "$ANSIBLE_VAULT;1.1;AES256\n" + strings.Repeat("3", 100), "\r\n;;;"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ring("=hunter2", "lab=other").Decrypt(text)
		// Each byte has two digits, twice.
		if len(got) > len(text)/4 {
			t.Errorf("%d bytes came of %d", len(got), len(text))
		}
		if err == nil {
			return
		}
		var wrong *vault.PasswordError
		var damaged *vault.DamagedError
		var unsupported *vault.UnsupportedError
		if !errors.As(err, &wrong) && !errors.As(err, &damaged) && !errors.As(err, &unsupported) {
			t.Errorf("an error of the type %T: %v", err, err)
		}
		if damaged != nil && damaged.Line > strings.Count(string(text), "\n")+strings.Count(string(text), "\r")+1 {
			t.Errorf("line %d of %q", damaged.Line, text)
		}
	})
}

// inner returns the three lines within an envelope.
func inner(t *testing.T, envelope string) string {
	t.Helper()
	_, body, _ := strings.Cut(envelope, "\n")
	text, err := hex.DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// outer puts lines into an envelope.
func outer(lines ...string) string {
	return "$ANSIBLE_VAULT;1.1;AES256\n" + hex.EncodeToString([]byte(strings.Join(lines, "\n"))) + "\n"
}

// seal encrypts as ansible-vault does, with a salt that is always the same.
func seal(password, text string, pad bool) string {
	salt := []byte(strings.Repeat("s", 32))
	if n := aes.BlockSize - len(text)%aes.BlockSize; pad {
		text += strings.Repeat(string(rune(n)), n)
	}
	out, err := pbkdf2.Key(sha256.New, password, salt, 10_000, 80)
	if err != nil {
		panic(err)
	}
	block, err := aes.NewCipher(out[:32])
	if err != nil {
		panic(err)
	}
	sealed := make([]byte, len(text))
	cipher.NewCTR(block, out[64:]).XORKeyStream(sealed, []byte(text))
	mac := hmac.New(sha256.New, out[32:64])
	mac.Write(sealed)
	return outer(hex.EncodeToString(salt), hex.EncodeToString(mac.Sum(nil)), hex.EncodeToString(sealed))
}
