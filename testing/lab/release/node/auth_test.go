package node_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// serviceToken is what a client with the service account's private key logs in with.
func serviceToken(t *testing.T, key *rsa.PrivateKey, uid string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(fmt.Appendf(nil, `{"uid":%q}`, uid))
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

func TestLogin(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	c := newCluster(t, m1)
	c.settings.Auth = true
	c.settings.ServiceAccount = "installer"
	c.settings.ServiceAccountKey = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	c.start(m1, "exhibitor", "mesos-master", "adminrouter")
	eventually(t, "exhibitor is open", []string{"serving*"}, c.ensemble(m1))

	for name, test := range map[string]struct {
		body string
		want int
	}{
		"the account":     {fmt.Sprintf(`{"uid": "installer", "token": %q}`, serviceToken(t, key, "installer")), 200},
		"another key":     {fmt.Sprintf(`{"uid": "installer", "token": %q}`, serviceToken(t, other, "installer")), 401},
		"another name":    {fmt.Sprintf(`{"uid": "root", "token": %q}`, serviceToken(t, key, "root")), 401},
		"a password":      {`{"uid": "installer", "password": "x"}`, 401},
		"not even JSON":   {`uid=installer`, 401},
		"half of a token": {`{"uid": "installer", "token": "a.b"}`, 401},
	} {
		t.Run(name, func(t *testing.T) {
			code, token := c.login(test.body)
			if code != test.want {
				t.Fatalf("login gives %d, want %d", code, test.want)
			}
			want := http.StatusUnauthorized
			if test.want == http.StatusOK {
				want = http.StatusOK
			}
			eventually(t, "a protected page", want, func() int {
				code, _ := c.get(m1, c.ports.Router, "/mesos/slaves", "Authorization", "token="+token)
				return code
			})
		})
	}
	if code, _ := c.get(m1, c.ports.Router, "/exhibitor/exhibitor/v1/cluster/status"); code != http.StatusOK {
		t.Errorf("exhibitor asks for a token: %d", code)
	}
}

func (c *cluster) login(body string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost,
		fmt.Sprintf("http://%s:%d/acs/api/v1/auth/login", m1, c.ports.Router), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	code, text := c.do(req)
	var got struct{ Token string }
	if code == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			c.t.Fatal(err)
		}
	}
	return code, got.Token
}
