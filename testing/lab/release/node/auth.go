package node

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tokens are JSON Web Tokens. Masters sign them with a key that all of them can work out from the cluster's id: good
// enough to tell a client that logged in from one that did not, and for nothing else.

type claims struct {
	UID string `json:"uid"`
	Exp int64  `json:"exp"` // seconds since 1970
}

// tokenLife is how long a login lasts, as in DC/OS.
const tokenLife = 5 * 24 * time.Hour

func (n Node) sign(c claims) (string, error) {
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := header + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(n.mac(text)), nil
}

func (n Node) mac(text string) []byte {
	mac := hmac.New(sha256.New, []byte("stand-in "+n.clusterID()))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (n Node) goodToken(r *http.Request) bool {
	text, signature, c, err := parseToken(tokenOf(r))
	return err == nil && hmac.Equal(signature, n.mac(text)) && c.Exp > time.Now().Unix()
}

var errToken = errors.New("not a token")

// parseToken takes a token apart: what was signed, the signature, what is claimed.
func parseToken(token string) (text string, signature []byte, c claims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", nil, c, errToken
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", nil, c, errToken
	}
	signature, err = base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || json.Unmarshal(body, &c) != nil {
		return "", nil, c, errToken
	}
	return parts[0] + "." + parts[1], signature, c, nil
}

// login takes the token of the service account, signed with its RSA key. There are no other users.
func (n Node) login(w http.ResponseWriter, r *http.Request) {
	var form struct {
		UID   string `json:"uid"`
		Token string `json:"token"`
	}
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&form)
	if err != nil || !n.isServiceAccount(form.UID, form.Token) {
		w.Header().Set("WWW-Authenticate", "acsjwt")
		http.Error(w, `{"code": "ERR_INVALID_CREDENTIALS"}`, http.StatusUnauthorized)
		return
	}
	token, err := n.sign(claims{UID: form.UID, Exp: time.Now().Add(tokenLife).Unix()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, map[string]string{"token": token})
}

func (n Node) isServiceAccount(uid, token string) bool {
	text, signature, c, err := parseToken(token)
	if err != nil || uid == "" || uid != n.Settings.ServiceAccount || c.UID != uid || c.Exp != 0 && c.Exp < time.Now().Unix() {
		return false
	}
	block, _ := pem.Decode([]byte(n.Settings.ServiceAccountKey))
	if block == nil {
		return false
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := key.(*rsa.PublicKey)
	if err != nil || !ok {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
}

// listenTLS listens on the TLS port with a certificate made now: nothing but a client that checks none will take it.
func (n Node) listenTLS(ctx context.Context) (net.Listener, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{Organization: []string{"stand-in for tests, not DC/OS"}, CommonName: n.Address},
		NotAfter:     time.Now().AddDate(1, 0, 0),
		IPAddresses:  []net.IP{net.ParseIP(n.Address)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(n.Listen, strconv.Itoa(n.Ports.RouterTLS)))
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}), nil
}
