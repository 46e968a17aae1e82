package genconf_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// small is the least that a person has to say; everything else follows from the inventory.
func small() genconf.Input {
	return genconf.Input{
		Config:       map[string]any{"cluster_name": "prod", "resolvers": []any{"10.0.0.2"}},
		Masters:      []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"},
		BootstrapURL: "http://10.0.0.10:8080",
		Version:      "2.1.0",
	}
}

// with is small with more config keys.
func with(more map[string]any) genconf.Input {
	in := small()
	for k, v := range more {
		in.Config[k] = v
	}
	return in
}

func lines(findings []genconf.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.String())
	}
	return out
}

func TestRenderDerivesWhatIsNotSaid(t *testing.T) {
	files, findings := genconf.Render(small())
	if len(findings) > 0 {
		t.Errorf("findings: %q", lines(findings))
	}
	want := `# Written by dcosup from the inventory's dcos.config. Change it there: what is changed here is overwritten.
bootstrap_url: http://10.0.0.10:8080
cluster_name: prod
exhibitor_storage_backend: static
master_discovery: static
master_list:
  - 10.0.0.11
  - 10.0.0.12
  - 10.0.0.13
resolvers:
  - 10.0.0.2
`
	if diff := cmp.Diff(want, string(files.Config)); diff != "" {
		t.Errorf("config.yaml (-want +got):\n%s", diff)
	}
	derived := []string{"bootstrap_url", "exhibitor_storage_backend", "ip_detect_contents", "master_discovery", "master_list"}
	if diff := cmp.Diff(derived, files.Derived); diff != "" {
		t.Errorf("derived (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(files.IPDetect), "route get '10.0.0.11'") {
		t.Errorf("ip-detect does not ask for the way to the first master:\n%s", files.IPDetect)
	}
	if files.IPDetectPublic != nil || files.FaultDomainDetect != nil {
		t.Error("scripts were made that nobody asked for")
	}
}

func TestRenderKeepsWhatIsSaid(t *testing.T) {
	in := with(map[string]any{
		"bootstrap_url":             "http://files.example/dcos",
		"master_list":               []any{"10.0.0.13", "10.0.0.12", "10.0.0.11"},
		"ip_detect_contents":        "#!/bin/sh\necho 10.0.0.1",
		"ip_detect_public_contents": "#!/bin/sh\necho 192.0.2.1\n",
	})
	in.ClusterName = "the inventory's"
	files, findings := genconf.Render(in)
	if len(findings) > 0 {
		t.Errorf("findings: %q", lines(findings))
	}
	if diff := cmp.Diff("#!/bin/sh\necho 10.0.0.1\n", string(files.IPDetect)); diff != "" {
		t.Errorf("ip-detect (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("#!/bin/sh\necho 192.0.2.1\n", string(files.IPDetectPublic)); diff != "" {
		t.Errorf("ip-detect-public (-want +got):\n%s", diff)
	}
	config := string(files.Config)
	for _, line := range []string{"bootstrap_url: http://files.example/dcos\n", "cluster_name: prod\n", "ip_detect_public_filename: genconf/ip-detect-public\n"} {
		if !strings.Contains(config, line) {
			t.Errorf("config.yaml lacks %q:\n%s", line, config)
		}
	}
	if strings.Contains(config, "_contents") {
		t.Errorf("a script is still inside config.yaml:\n%s", config)
	}
	if _, still := in.Config["ip_detect_contents"]; !still {
		t.Error("Render changed the caller's config")
	}
}

func TestRenderPrefersTheInputsScripts(t *testing.T) {
	in := with(map[string]any{"ip_detect_contents": "#!/bin/sh\necho config\n"})
	in.IPDetect = "#!/bin/sh\necho input\n"
	files, _ := genconf.Render(in)
	if diff := cmp.Diff(in.IPDetect, string(files.IPDetect)); diff != "" {
		t.Errorf("ip-detect (-want +got):\n%s", diff)
	}
}

// What a YAML 1.1 reader, such as the generator's, would take for something other than text must be in quotes.
func TestRenderQuotesText(t *testing.T) {
	for _, text := range []string{"yes", "on", "off", "n", "1.13", "2020-01-01", "12:30:45", "012", "0x1F", "1_000", "null", "~", "true", "5", "a: b", "#x", "- x", ""} {
		files, _ := genconf.Render(with(map[string]any{"ui_banner_header_title": text}))
		got := valueLine(t, string(files.Config), "ui_banner_header_title")
		if got == text {
			t.Errorf("%q is written as %s, without quotes", text, got)
		}
	}
}

func valueLine(t *testing.T, config, key string) string {
	t.Helper()
	for line := range strings.Lines(config) {
		if v, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	t.Fatalf("no %s in:\n%s", key, config)
	return ""
}

func TestKeyFollowsEveryFile(t *testing.T) {
	base, _ := genconf.Render(small())
	again, _ := genconf.Render(small())
	if base.Key() != again.Key() {
		t.Error("equal inputs have different keys")
	}
	seen := map[string]string{base.Key(): "base"}
	for name, change := range map[string]func(*genconf.Files){
		"config":              func(f *genconf.Files) { f.Config = append(f.Config, '\n') },
		"ip-detect":           func(f *genconf.Files) { f.IPDetect = []byte("#!/bin/sh\n") },
		"ip-detect-public":    func(f *genconf.Files) { f.IPDetectPublic = f.IPDetect },
		"empty public":        func(f *genconf.Files) { f.IPDetectPublic = []byte{} },
		"fault-domain-detect": func(f *genconf.Files) { f.FaultDomainDetect = f.IPDetect },
	} {
		files := base
		files.Config = append([]byte(nil), base.Config...)
		change(&files)
		if other, double := seen[files.Key()]; double {
			t.Errorf("%s has the same key as %s", name, other)
		}
		seen[files.Key()] = name
	}
}

func TestMasked(t *testing.T) {
	got := genconf.Masked(map[string]any{
		"cluster_name":                       "prod",
		"superuser_password_hash":            "$6$abc",
		"exhibitor_admin_password":           "x",
		"cluster_docker_credentials":         map[string]any{"auths": map[string]any{"hub": "dXNlcjpwdw=="}},
		"cluster_docker_credentials_enabled": true,
		"http_proxy":                         "http://me:pw@proxy:3128/",
		"no_proxy":                           []any{"http://a:b@c"},
		"rexray_config":                      map[any]any{"aws": map[string]any{"secretKey": "s", "region": "r"}},
		"custom_checks":                      `{"password":"p","n":1}`,
	})
	want := map[string]any{
		"cluster_name":                       "prod",
		"superuser_password_hash":            "********",
		"exhibitor_admin_password":           "********",
		"cluster_docker_credentials":         "********",
		"cluster_docker_credentials_enabled": true,
		"http_proxy":                         "http://********@proxy:3128/",
		"no_proxy":                           []any{"http://********@c/"},
		"rexray_config":                      map[any]any{"aws": map[string]any{"secretKey": "********", "region": "r"}},
		"custom_checks":                      `{"n":1,"password":"********"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
