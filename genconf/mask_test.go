package genconf_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

func TestMaskedKnowsSecretsByThemselves(t *testing.T) {
	got := genconf.Masked(map[string]any{
		"ui_banner_header_title":               "$6$rounds=656000$abc$def",
		"channel_name":                         "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n",
		"custom_auth_json":                     map[string]any{"auths": map[string]any{"hub": map[string]any{"auth": "dXNlcjpwdw==", "email": "e"}}},
		"superuser_service_account_public_key": "-----BEGIN PUBLIC KEY-----",
		"passphrase":                           1,
		"license_key_contents":                 "L",
	})
	want := map[string]any{
		"ui_banner_header_title":               "********",
		"channel_name":                         "********",
		"custom_auth_json":                     map[string]any{"auths": map[string]any{"hub": map[string]any{"auth": "********", "email": "e"}}},
		"superuser_service_account_public_key": "-----BEGIN PUBLIC KEY-----",
		"passphrase":                           "********",
		"license_key_contents":                 "********",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever is wrong with a secret, or with what it stands in, it is not shown.
func TestFindingsShowNoSecrets(t *testing.T) {
	date := time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		config map[string]any
		hidden []string
		want   string // what a finding says all the same
	}{
		{"a password that is a number", map[string]any{"exhibitor_admin_password": 12.5}, []string{"12.5"}, "exhibitor_admin_password: is the number ********"},
		{"a password that is a date", map[string]any{"exhibitor_admin_password": date}, []string{"2020"}, "exhibitor_admin_password: is a date"},
		{"a login in a URL", map[string]any{"bootstrap_url": "http:://me:hunter2@10.0.0.1/"}, []string{"hunter2"}, "bootstrap_url: must not end in a slash"},
		{"a login in a URL that is repeated", map[string]any{"bootstrap_url": "htp://me:hunter2@10.0.0.1"}, []string{"hunter2"}, "bootstrap_url: must be a URL"},
		{"a secret that stands elsewhere too", map[string]any{"zk_super_credentials": "super:hunter2", "telemetry_enabled": "super:hunter2"}, []string{"hunter2"},
			`telemetry_enabled: must be true or false, not "********"`},
		{"a secret with a line end", map[string]any{"zk_super_credentials": "hunter\n2", "telemetry_enabled": "hunter\n2"}, []string{`hunter`}, "telemetry_enabled"},
		{"a secret within JSON", map[string]any{"cluster_docker_credentials": `{"auths": {"hub": "hunter2"}}`, "telemetry_enabled": "hunter2"}, []string{"hunter2"}, "telemetry_enabled"},
		{"a short one, by chance in other words", map[string]any{"exhibitor_admin_password": "be", "telemetry_enabled": "maybe"}, nil, `must be true or false, not "maybe"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, findings := genconf.Render(with(tt.config))
			all := strings.Join(lines(findings), "\n")
			if !strings.Contains(all, tt.want) {
				t.Errorf("got:\n%s\nwant a finding with %q", all, tt.want)
			}
			for _, secret := range tt.hidden {
				if strings.Contains(all, secret) {
					t.Errorf("%q is shown:\n%s", secret, all)
				}
			}
		})
	}
}
