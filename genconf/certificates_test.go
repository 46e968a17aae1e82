package genconf_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// now is the time at which the certificates of these tests are looked at.
var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// signer is an authority of a test.
type signer struct {
	t     *testing.T
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	Cert  string // PEM
	Key   string // PEM, PKCS#8
	KeyEC string // PEM, as older tools write it
}

// authority makes a certificate, signed by another authority or, for nil, by itself.
func authority(t *testing.T, name string, by *signer, change func(*x509.Certificate)) *signer {
	t.Helper()
	s := &signer{t: t}
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	if change != nil {
		change(template)
	}
	parent, key := template, s.key
	if by != nil {
		parent, key = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, s.key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if s.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	s.Cert = block("CERTIFICATE", der, nil)
	s.Key = block("PRIVATE KEY", pkcs8(t, s.key), nil)
	ec, err := x509.MarshalECPrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	s.KeyEC = block("EC PRIVATE KEY", ec, nil)
	return s
}

func pkcs8(t *testing.T, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func block(name string, der []byte, headers map[string]string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: name, Bytes: der, Headers: headers}))
}

// enterprise is a whole configuration of DC/OS Enterprise.
func enterprise(config map[string]any, files map[string]string) genconf.Input {
	in := with(map[string]any{"superuser_username": "admin", "superuser_password_hash": "$6$x", "license_key_contents": "k", "fault_domain_enabled": false})
	maps.Copy(in.Config, config)
	in.Enterprise, in.Now = true, now
	for _, name := range slices.Sorted(maps.Keys(files)) {
		in.Extra = append(in.Extra, genconf.File{Name: name, Mode: 0o600, Content: []byte(files[name])})
	}
	return in
}

func TestCertificates(t *testing.T) {
	root := authority(t, "root", nil, nil)
	between := authority(t, "between", root, nil)
	ca := authority(t, "ca", between, nil)
	stranger := authority(t, "stranger", nil, nil)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil)
	ended := authority(t, "ended", nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	ends := authority(t, "ends", nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, 20) })
	begins := authority(t, "begins", nil, func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 1) })
	leaf := authority(t, "leaf", nil, func(c *x509.Certificate) { c.IsCA = false })
	signsNot := authority(t, "signs not", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	endedRoot := authority(t, "ended root", nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	ofEnded := authority(t, "of ended root", endedRoot, nil)

	both := map[string]any{"ca_certificate_path": "genconf/ca.crt", "ca_certificate_key_path": "genconf/ca.key"}
	all := map[string]any{"ca_certificate_path": "genconf/ca.crt", "ca_certificate_key_path": "genconf/ca.key", "ca_certificate_chain_path": "genconf/chain.crt"}
	for _, tt := range []struct {
		name   string
		config map[string]any
		files  map[string]string
		want   []string
	}{
		{name: "none"},
		{name: "a root", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": root.Key}},
		{name: "a root and its key in the form of older tools", config: both,
			files: map[string]string{"ca.crt": "subject=root\n" + root.Cert, "ca.key": block("EC PARAMETERS", []byte{6, 0}, nil) + root.KeyEC}},
		{name: "one between", config: all, files: map[string]string{"ca.crt": ca.Cert, "ca.key": ca.Key, "chain.crt": between.Cert + root.Cert}},
		{name: "one between, with itself in the chain", config: all, files: map[string]string{"ca.crt": ca.Cert, "ca.key": ca.Key, "chain.crt": ca.Cert + between.Cert + root.Cert}},
		{name: "no files", config: all, want: []string{
			"error: ca_certificate_chain_path: names genconf/chain.crt, which there is not; put the file into genconf/ beside the inventory",
			"error: ca_certificate_key_path: names genconf/ca.key, which there is not; put the file into genconf/ beside the inventory",
			"error: ca_certificate_path: names genconf/ca.crt, which there is not; put the file into genconf/ beside the inventory"}},
		{name: "elsewhere", config: map[string]any{"ca_certificate_path": "/etc/ca.crt", "ca_certificate_key_path": []any{1}}, want: []string{
			`error: ca_certificate_key_path: must be the name of a file in genconf/, not ""; put the file into genconf/ beside the inventory, and write genconf/NAME`,
			`error: ca_certificate_path: must be the name of a file in genconf/, not "/etc/ca.crt"; put the file into genconf/ beside the inventory, and write genconf/NAME`}},
		{name: "a certificate without its key", config: map[string]any{"ca_certificate_path": "genconf/ca.crt"}, files: map[string]string{"ca.crt": root.Cert},
			want: []string{"error: ca_certificate_path: is given, but ca_certificate_key_path is not; give both, or none"}},
		{name: "a key without its certificate", config: map[string]any{"ca_certificate_key_path": "genconf/ca.key"}, files: map[string]string{"ca.key": root.Key},
			want: []string{"error: ca_certificate_key_path: is given, but ca_certificate_path is not; give both, or none"}},
		{name: "another's key", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": stranger.Key},
			want: []string{"error: genconf/ca.key: is not the key of the certificate that ca_certificate_path names; take the two from one authority"}},
		{name: "a key of another kind", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": pkcs1},
			want: []string{"error: genconf/ca.key: is not the key of the certificate that ca_certificate_path names; take the two from one authority"}},
		{name: "an encrypted key", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": block("ENCRYPTED PRIVATE KEY", []byte("x"), nil)},
			want: []string{"error: genconf/ca.key: is encrypted; DC/OS has nobody to ask for the passphrase; write it without one: openssl pkey -in OLD -out NEW"}},
		{name: "an encrypted key in the form of older tools", config: both,
			files: map[string]string{"ca.crt": root.Cert, "ca.key": block("RSA PRIVATE KEY", []byte("x"), map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"})},
			want:  []string{"error: genconf/ca.key: is encrypted; DC/OS has nobody to ask for the passphrase; write it without one: openssl pkey -in OLD -out NEW"}},
		{name: "files swapped", config: both, files: map[string]string{"ca.crt": root.Key, "ca.key": root.Cert},
			want: []string{"error: genconf/ca.crt: has a private key in it, which must stand in a file of its own; put one certificate in PEM form into it"}},
		{name: "a certificate for a key", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": root.Cert},
			want: []string{"error: genconf/ca.key: has a block named CERTIFICATE where a private key must stand; write it anew: openssl pkey -in OLD -out NEW"}},
		{name: "two keys", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": root.Key + root.Key},
			want: []string{"error: genconf/ca.key: has more in it than one private key; leave the key only"}},
		{name: "a damaged key", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": block("PRIVATE KEY", []byte("hunter2"), nil)},
			want: []string{"error: genconf/ca.key: has a block named PRIVATE KEY that cannot be read as a private key; write it anew: openssl pkey -in OLD -out NEW"}},
		{name: "not PEM", config: both, files: map[string]string{"ca.crt": string(root.cert.Raw), "ca.key": root.Key},
			want: []string{"error: genconf/ca.crt: has no certificate in PEM form; put one certificate in PEM form into it"}},
		{name: "a key that is not PEM", config: both, files: map[string]string{"ca.crt": root.Cert, "ca.key": ""},
			want: []string{"error: genconf/ca.key: has no private key in PEM form; write it anew: openssl pkey -in OLD -out NEW"}},
		{name: "a damaged certificate", config: both, files: map[string]string{"ca.crt": block("CERTIFICATE", []byte("x"), nil), "ca.key": root.Key},
			want: []string{"error: genconf/ca.crt: has a certificate that cannot be read: x509: malformed certificate; put one certificate in PEM form into it"}},
		{name: "a request for a certificate", config: both, files: map[string]string{"ca.crt": block("CERTIFICATE REQUEST", []byte("x"), nil), "ca.key": root.Key},
			want: []string{"error: genconf/ca.crt: has a block named CERTIFICATE REQUEST in it; put one certificate in PEM form into it"}},
		{name: "the chain in the certificate's file", config: both, files: map[string]string{"ca.crt": ca.Cert + between.Cert + root.Cert, "ca.key": ca.Key},
			want: []string{"error: genconf/ca.crt: has 3 certificates; it must have the authority's own only; move those that signed it to the file of ca_certificate_chain_path"}},
		{name: "a server's certificate", config: both, files: map[string]string{"ca.crt": leaf.Cert, "ca.key": leaf.Key},
			want: []string{"error: genconf/ca.crt: is no certificate of an authority (CA:TRUE): no service would trust what it signs; make one with basicConstraints=critical,CA:TRUE"}},
		{name: "one that may not sign", config: both, files: map[string]string{"ca.crt": signsNot.Cert, "ca.key": signsNot.Key},
			want: []string{"error: genconf/ca.crt: must not sign certificates, as its key usage says; make one with keyUsage=keyCertSign"}},
		{name: "expired", config: both, files: map[string]string{"ca.crt": ended.Cert, "ca.key": ended.Key},
			want: []string{"error: genconf/ca.crt: has a certificate that expired on 2025-12-31; renew it"}},
		{name: "expires soon", config: both, files: map[string]string{"ca.crt": ends.Cert, "ca.key": ends.Key},
			want: []string{"warning: genconf/ca.crt: has a certificate that expires on 2026-01-21; renew it before the cluster is installed: all that it signs expires with it"}},
		{name: "not yet valid", config: both, files: map[string]string{"ca.crt": begins.Cert, "ca.key": begins.Key},
			want: []string{"error: genconf/ca.crt: has a certificate that is not valid before 2026-01-02; wait, or correct this machine's clock"}},
		{name: "no chain", config: both, files: map[string]string{"ca.crt": ca.Cert, "ca.key": ca.Key},
			want: []string{"error: ca_certificate_chain_path: must be given: the certificate that ca_certificate_path names is signed by another one; put those that signed it, up to the root, into a file of genconf/"}},
		{name: "a gap in the chain", config: all, files: map[string]string{"ca.crt": ca.Cert, "ca.key": ca.Key, "chain.crt": root.Cert},
			want: []string{"error: genconf/chain.crt: does not lead from the certificate that ca_certificate_path names to a root: x509: certificate signed by unknown authority; put all certificates between the authority's own and the root, and the root, into it"}},
		{name: "a chain without its root", config: all, files: map[string]string{"ca.crt": ca.Cert, "ca.key": ca.Key, "chain.crt": between.Cert},
			want: []string{"error: genconf/chain.crt: does not lead from the certificate that ca_certificate_path names to a root: x509: certificate signed by unknown authority; put all certificates between the authority's own and the root, and the root, into it"}},
		{name: "an empty chain", config: all, files: map[string]string{"ca.crt": ca.Cert, "ca.key": ca.Key, "chain.crt": ""},
			want: []string{"error: genconf/chain.crt: has no certificate in PEM form; put the certificates that signed the authority's own, up to the root, into it, in PEM form"}},
		{name: "a chain whose root has expired", config: all, files: map[string]string{"ca.crt": ofEnded.Cert, "ca.key": ofEnded.Key, "chain.crt": endedRoot.Cert},
			want: []string{"error: genconf/chain.crt: has a certificate that expired on 2025-12-31; renew it"}},
		{name: "a chain for a root", config: all, files: map[string]string{"ca.crt": root.Cert, "ca.key": root.Key, "chain.crt": root.Cert},
			want: []string{"warning: ca_certificate_chain_path: is not needed: the certificate that ca_certificate_path names is a root; remove it"}},
		{name: "a chain for nothing", config: map[string]any{"ca_certificate_chain_path": "genconf/chain.crt"}, files: map[string]string{"chain.crt": root.Cert},
			want: []string{"error: ca_certificate_chain_path: is given, but ca_certificate_path is not; give both, or none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files, findings := genconf.Render(enterprise(tt.config, tt.files))
			if diff := cmp.Diff(tt.want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got, want := len(files.List()), 2+len(tt.files); got != want { // config.yaml and ip-detect
				t.Errorf("got %d files, want %d", got, want)
			}
		})
	}
}

// Without a time nothing is said about it: equal inputs have equal findings.
func TestCertificatesWithoutATime(t *testing.T) {
	ended := authority(t, "ended", nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	in := enterprise(map[string]any{"ca_certificate_path": "genconf/ca.crt", "ca_certificate_key_path": "genconf/ca.key"},
		map[string]string{"ca.crt": ended.Cert, "ca.key": ended.Key})
	in.Now = time.Time{}
	if _, findings := genconf.Render(in); len(findings) > 0 {
		t.Errorf("findings: %q", lines(findings))
	}
}

func TestLicense(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config map[string]any
		files  map[string]string
		want   []string
	}{
		{"in the config", nil, nil, nil},
		{"in a file", map[string]any{"license_key_contents": ""}, map[string]string{"license.txt": "L"}, nil},
		{"in neither", map[string]any{"license_key_contents": ""}, nil,
			[]string{"warning: license_key_contents: is missing; DC/OS Enterprise needs a license; set it, or put license.txt into genconf/ beside the inventory"}},
		{"in both", nil, map[string]string{"license.txt": "L"}, []string{"warning: license_key_contents: is given, and so is genconf/license.txt; remove one of the two"}},
		{"in an empty file", nil, map[string]string{"license.txt": "\n"}, []string{"error: genconf/license.txt: is empty; put the license into it, or remove it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, findings := genconf.Render(enterprise(tt.config, tt.files))
			if diff := cmp.Diff(tt.want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Nothing of a key or a license is ever repeated.
func TestFindingsShowNothingOfFiles(t *testing.T) {
	const canary = "hunter2hunter2"
	for _, content := range []string{canary, "-----BEGIN PRIVATE KEY-----\n" + canary + "\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + canary + "\n\naGk=\n-----END PRIVATE KEY-----\n"} {
		in := enterprise(map[string]any{"ca_certificate_path": "genconf/ca.crt", "ca_certificate_key_path": "genconf/ca.key"},
			map[string]string{"ca.crt": authority(t, "root", nil, nil).Cert, "ca.key": content, "license.txt": canary})
		_, findings := genconf.Render(in)
		if all := strings.Join(lines(findings), "\n"); !strings.Contains(all, "genconf/ca.key") || strings.Contains(all, canary) {
			t.Errorf("of %q: got %q, want findings about the key, without the key", content, all)
		}
	}
}
