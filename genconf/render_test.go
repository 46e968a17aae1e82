package genconf_test

import (
	"fmt"
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
	if !strings.Contains(script(t, files, genconf.IPDetect), "route get '10.0.0.11'") {
		t.Errorf("ip-detect does not ask for the way to the first master:\n%s", script(t, files, genconf.IPDetect))
	}
	if len(files.Scripts) != 1 {
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
	if diff := cmp.Diff("#!/bin/sh\necho 10.0.0.1\n", script(t, files, genconf.IPDetect)); diff != "" {
		t.Errorf("ip-detect (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("#!/bin/sh\necho 192.0.2.1\n", script(t, files, genconf.IPDetectPublic)); diff != "" {
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

// A file in genconf/ is as good as the text in the config.
func TestRenderTakesTheScriptsThatLieInGenconf(t *testing.T) {
	in := small()
	in.Extra = []genconf.File{{Name: "ip6-detect", Mode: 0o600, Content: []byte("#!/bin/sh\necho ::1")}, {Name: "ip-detect", Content: []byte("#!/bin/sh\r\n")},
		{Name: "license.txt", Mode: 0o600, Content: []byte("L")}}
	files, findings := genconf.Render(in)
	want := []string{"error: genconf/ip-detect: has Windows line ends, so no node can run it; save it with Unix line ends"}
	if diff := cmp.Diff(want, lines(findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	var names []string
	for _, f := range files.List() {
		names = append(names, fmt.Sprintf("%s %o", f.Name, f.Mode))
	}
	if diff := cmp.Diff([]string{"config.yaml 600", "ip-detect 755", "ip6-detect 755", "license.txt 600"}, names); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if got, want := valueLine(t, string(files.Config), "ip6_detect_filename"), "genconf/ip6-detect"; got != want {
		t.Errorf("ip6_detect_filename: got %s, want %s", got, want)
	}
	if len(in.Extra) != 3 || in.Extra[0].Name != "ip6-detect" {
		t.Errorf("Render changed the caller's files: %v", in.Extra)
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

// script is the text of a detection script, which must be there.
func script(t *testing.T, files genconf.Files, name string) string {
	t.Helper()
	s, ok := files.Script(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return string(s.Content)
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
	base := func() genconf.Files {
		files, _ := genconf.Render(small())
		return files
	}
	if first, again := base().Key(), base().Key(); first != again {
		t.Error("equal inputs have different keys")
	}
	seen := map[string]string{base().Key(): "base"}
	program := genconf.File{Name: "check_bins/a", Mode: 0o755, Content: []byte("bc")}
	for name, change := range map[string]func(*genconf.Files){
		"config":               func(f *genconf.Files) { f.Config = append(f.Config, '\n') },
		"ip-detect":            func(f *genconf.Files) { f.Scripts[0].Content = []byte("#!/bin/sh\n") },
		"another script":       func(f *genconf.Files) { f.Scripts = append(f.Scripts, genconf.Script{Name: "ip-detect-public"}) },
		"a file":               func(f *genconf.Files) { f.Extra = []genconf.File{program} },
		"a file's mode":        func(f *genconf.Files) { f.Extra = []genconf.File{program}; f.Extra[0].Mode = 0o600 },
		"a file's name":        func(f *genconf.Files) { f.Extra = []genconf.File{program}; f.Extra[0].Name = "check_bins/b" },
		"a file's content":     func(f *genconf.Files) { f.Extra = []genconf.File{program}; f.Extra[0].Content = []byte("b") },
		"name into content":    func(f *genconf.Files) { f.Extra = []genconf.File{program}; f.Extra[0].Name = "check_bins/" },
		"a file that is empty": func(f *genconf.Files) { f.Extra = []genconf.File{{Name: "license.txt"}} },
	} {
		files := base()
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
