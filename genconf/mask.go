package genconf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
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
		"cluster_docker_credentials", "exhibitor_azure_account_key", "license_key_contents", "ca_certificate_key",
		"zk_super_credentials", "zk_master_credentials", "zk_agent_credentials", "auth", // of a registry: user:password in base64
	}
	low := strings.ToLower(name)
	within := func(word string) bool { return strings.Contains(low, word) }
	return slices.Contains(exact, low) || slices.ContainsFunc([]string{"password", "passphrase", "secret", "private_key", "privatekey"}, within)
}

// maskedText hides the login of http://user:password@proxy:3128, and what is a secret wherever it stands: a private key
// and the hash of a password. It looks into JSON, which the generator takes in place of a mapping.
func maskedText(s string) string {
	if strings.Contains(s, "PRIVATE KEY-----") || strings.HasPrefix(s, "$6$") || strings.HasPrefix(s, "$5$") {
		return mask
	}
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

// redacted takes out of findings what Masked would not show: a check may repeat a value, and a secret may stand where
// it is not looked for. Secrets of less than four characters are taken out of what is said of their own key only; in
// other texts they would be found by chance.
func redacted(config map[string]any, findings []Finding) []Finding {
	const long = 4
	all := map[string][]string{} // secrets by the key of config in which they stand
	for key, value := range config {
		all[key] = secretTexts(key, value, nil)
	}
	var everywhere []string
	for _, texts := range all {
		everywhere = append(everywhere, texts...)
	}
	everywhere = slices.DeleteFunc(everywhere, func(s string) bool { return len(s) < long })
	out := make([]Finding, len(findings))
	for i, f := range findings {
		hide := slices.Concat(everywhere, all[f.Key])
		// A secret within another one must not leave the rest of that.
		slices.SortFunc(hide, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
		for _, s := range hide {
			quoted := strings.Trim(strconv.Quote(s), `"`) // as messages write what people wrote
			for _, form := range []string{s, quoted} {
				f.Message, f.Hint = strings.ReplaceAll(f.Message, form, mask), strings.ReplaceAll(f.Hint, form, mask)
			}
		}
		out[i] = f
	}
	return out
}

// secretTexts appends the texts of a value that Masked does not show.
func secretTexts(name string, v any, found []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			found = secretTexts(inherited(name, k), item, found)
		}
		return found
	case map[any]any:
		for k, item := range v {
			found = secretTexts(inherited(name, fmt.Sprint(k)), item, found)
		}
		return found
	case []any:
		for _, item := range v {
			found = secretTexts(name, item, found)
		}
		return found
	case nil, bool:
		return found
	case string:
		var inner map[string]any
		if json.Unmarshal([]byte(v), &inner) == nil && inner != nil {
			found = secretTexts(name, inner, found)
		}
		if u, err := url.Parse(v); err == nil && u.User != nil && u.Host != "" {
			return append(found, u.User.String())
		}
	}
	text := fmt.Sprint(v)
	if text != "" && (isSecret(name) || maskedText(text) == mask) {
		found = append(found, text)
	}
	return found
}

// inherited is the name by which a part of a value is judged: all that is in a secret is one.
func inherited(name, part string) string {
	if isSecret(name) {
		return name
	}
	return part
}
