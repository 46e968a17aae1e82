package genconf

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// The keys of config that name the files of a certificate authority of one's own.
const (
	keyCA      = "ca_certificate_path"
	keyCAKey   = "ca_certificate_key_path"
	keyCAChain = "ca_certificate_chain_path"
)

// certificates judges the person's certificate authority: what DC/OS Enterprise's masters would fail on when they come
// up, long after the generator took it. No finding has anything of a key in it.
func (r *renderer) certificates() {
	if !r.in.Enterprise {
		return // that the open release does not read the keys has been said
	}
	ca, hasCA := r.authorityFile(keyCA)
	private, hasKey := r.authorityFile(keyCAKey)
	chain, hasChain := r.authorityFile(keyCAChain)
	for _, pair := range []struct {
		key     string
		given   bool
		other   string
		missing bool
	}{{keyCA, hasCA, keyCAKey, !hasKey}, {keyCAKey, hasKey, keyCA, !hasCA}, {keyCAChain, hasChain, keyCA, !hasCA}} {
		if pair.given && pair.missing {
			r.fail(pair.key, "is given, but "+pair.other+" is not", "give both, or none")
		}
	}
	if ca.Content == nil {
		return
	}
	certificate, ok := r.authority(ca)
	if !ok {
		return
	}
	if private.Content != nil {
		r.authorityKey(certificate, private)
	}
	r.authorityChain(certificate, chain, hasChain)
}

// authorityFile is the file that a key names, genconf/NAME; its content is nil where it is not there, which is said.
func (r *renderer) authorityFile(key string) (f File, given bool) {
	value, given := r.config[key]
	if !given {
		return f, false
	}
	text, _ := value.(string)
	name, below := strings.CutPrefix(text, "genconf/")
	f, found := r.extra(name)
	switch {
	case !below || name == "":
		r.fail(key, fmt.Sprintf("must be the name of a file in genconf/, not %q", text), "put the file into genconf/ beside the inventory, and write genconf/NAME")
		return File{}, true
	case !found:
		r.fail(key, fmt.Sprintf("names %s, which there is not", text), "put the file into genconf/ beside the inventory")
		return File{}, true
	}
	if f.Content == nil {
		f.Content = []byte{}
	}
	return f, true
}

// authority reads the certificate with which DC/OS signs those of its services.
func (r *renderer) authority(f File) (*x509.Certificate, bool) {
	certificates, problem := parseCertificates(f.Content)
	switch {
	case problem != "":
		r.fail("genconf/"+f.Name, problem, "put one certificate in PEM form into it")
		return nil, false
	case len(certificates) > 1:
		r.fail("genconf/"+f.Name, fmt.Sprintf("has %d certificates; it must have the authority's own only", len(certificates)),
			"move those that signed it to the file of "+keyCAChain)
		return nil, false
	}
	c := certificates[0]
	if !c.BasicConstraintsValid || !c.IsCA {
		r.fail("genconf/"+f.Name, "is no certificate of an authority (CA:TRUE): no service would trust what it signs", "make one with basicConstraints=critical,CA:TRUE")
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		r.fail("genconf/"+f.Name, "must not sign certificates, as its key usage says", "make one with keyUsage=keyCertSign")
	}
	r.valid(f, c)
	return c, true
}

// valid: a certificate must be valid now, and should be for a while.
func (r *renderer) valid(f File, c *x509.Certificate) {
	const day, soon = "2006-01-02", 30 * 24 * time.Hour
	switch now := r.in.Now; {
	case now.IsZero():
	case now.After(c.NotAfter):
		r.fail("genconf/"+f.Name, "has a certificate that expired on "+c.NotAfter.UTC().Format(day), "renew it")
	case now.Before(c.NotBefore):
		r.fail("genconf/"+f.Name, "has a certificate that is not valid before "+c.NotBefore.UTC().Format(day), "wait, or correct this machine's clock")
	case now.Add(soon).After(c.NotAfter):
		r.warn("genconf/"+f.Name, "has a certificate that expires on "+c.NotAfter.UTC().Format(day), "renew it before the cluster is installed: all that it signs expires with it")
	}
}

// authorityKey holds the private key against the certificate.
func (r *renderer) authorityKey(c *x509.Certificate, f File) {
	key, problem, hint := parsePrivateKey(f.Content)
	if problem != "" {
		r.fail("genconf/"+f.Name, problem, hint)
		return
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(c.PublicKey) {
		r.fail("genconf/"+f.Name, "is not the key of the certificate that "+keyCA+" names", "take the two from one authority")
	}
}

// authorityChain: the certificates above one that did not sign itself lead to one that did.
func (r *renderer) authorityChain(c *x509.Certificate, f File, given bool) {
	self := signedItself(c)
	switch {
	case !given && !self:
		r.fail(keyCAChain, "must be given: the certificate that "+keyCA+" names is signed by another one", "put those that signed it, up to the root, into a file of genconf/")
		return
	case !given, f.Content == nil:
		return
	case self:
		r.warn(keyCAChain, "is not needed: the certificate that "+keyCA+" names is a root", "remove it")
		return
	}
	above, problem := parseCertificates(f.Content)
	if problem != "" {
		r.fail("genconf/"+f.Name, problem, "put the certificates that signed the authority's own, up to the root, into it, in PEM form")
		return
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, a := range above {
		r.valid(f, a)
		if signedItself(a) {
			roots.AddCert(a)
		} else {
			between.AddCert(a)
		}
	}
	at := r.in.Now
	if at.IsZero() || at.After(c.NotAfter) || at.Before(c.NotBefore) {
		at = c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 2) // that is said already
	}
	_, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil && !r.failed("genconf/"+f.Name) {
		r.fail("genconf/"+f.Name, fmt.Sprintf("does not lead from the certificate that %s names to a root: %v", keyCA, err),
			"put all certificates between the authority's own and the root, and the root, into it")
	}
}

// signedItself says whether the certificate is a root.
func signedItself(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// parseCertificates reads PEM. What is wrong comes back in words.
func parseCertificates(text []byte) (found []*x509.Certificate, problem string) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return nil, "has a private key in it, which must stand in a file of its own"
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Sprintf("has a block named %s in it", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Sprintf("has a certificate that cannot be read: %v", err)
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		return nil, "has no certificate in PEM form"
	}
	return found, ""
}

// parsePrivateKey reads one private key in PEM form. What is wrong never has any of the key in it.
func parsePrivateKey(text []byte) (key crypto.Signer, problem, hint string) {
	const convert = "write it anew: openssl pkey -in OLD -out NEW"
	block, rest := pem.Decode(text)
	for block != nil && strings.HasSuffix(block.Type, "PARAMETERS") { // openssl writes them before keys of elliptic curves
		block, rest = pem.Decode(rest)
	}
	switch {
	case block == nil:
		return nil, "has no private key in PEM form", convert
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, "is encrypted; DC/OS has nobody to ask for the passphrase", "write it without one: openssl pkey -in OLD -out NEW"
	case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, fmt.Sprintf("has a block named %s where a private key must stand", block.Type), convert
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, "has more in it than one private key", "leave the key only"
	}
	parsed, err := parseKeyBlock(block)
	signer, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Sprintf("has a block named %s that cannot be read as a private key", block.Type), convert
	}
	return signer, "", ""
}

func parseKeyBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}
