package genconf

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// mask is shown in place of a secret, whatever its length.
const mask = "********"

// Masked is a deep copy of a config in which every secret is replaced by "********", for logs, diffs and the screen:
// what the generator itself counts as secret, DC/OS Enterprise's secrets, whatever is called a password or a secret
// at any depth, and the login inside a URL.
func Masked(config map[string]any) map[string]any {
	out := make(map[string]any, len(config))
	for k, v := range config {
		out[k] = masked(k, v)
	}
	return out
}

func masked(name string, v any) any {
	if isSecret(name) {
		return mask
	}
	switch v := v.(type) {
	case map[string]any:
		return Masked(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = masked("", v[i])
		}
		return out
	case map[any]any:
		out := make(map[any]any, len(v))
		for k := range v {
			out[k] = masked(fmt.Sprint(k), v[k])
		}
		return out
	case string:
		return maskedText(v)
	}
	return v
}

func isSecret(name string) bool {
	exact := []string{
		"cluster_docker_credentials", "exhibitor_azure_account_key", "aws_secret_access_key", "license_key_contents",
		"zk_super_credentials", "zk_master_credentials", "zk_agent_credentials", "ca_certificate_key",
	}
	low := strings.ToLower(name)
	return slices.Contains(exact, low) || strings.Contains(low, "password") || strings.Contains(low, "secret") ||
		strings.Contains(low, "private_key") || strings.Contains(low, "privatekey")
}

// maskedText hides the login of http://user:password@proxy:3128, and looks into JSON, which the generator takes in
// place of a mapping.
func maskedText(s string) string {
	var m map[string]any
	if json.Unmarshal([]byte(s), &m) == nil && m != nil {
		text, _ := json.Marshal(Masked(m)) // what came from JSON goes into it
		return string(text)
	}
	u, err := url.Parse(s)
	if err != nil || u.User == nil || u.Host == "" {
		return s
	}
	return u.Scheme + "://" + mask + "@" + u.Host + u.RequestURI()
}
