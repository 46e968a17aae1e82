package lab

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestMachineMirror(t *testing.T) {
	const given = "http://given.example/debian"
	const bookworm = "ID=debian\nVERSION_CODENAME=bookworm\n"
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  mirror
	}{
		{
			name:  "nothing known",
			files: nil,
			want:  mirror{Main: given, Keyring: defaultKeyring},
		},
		{
			name: "stanzas",
			files: map[string]string{
				"etc/os-release": bookworm,
				"etc/apt/sources.list.d/debian.sources": "Types: deb\n# a remark\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/company.gpg\n" +
					"\nTypes: deb\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\nComponents: main contrib\n",
			},
			want: mirror{Main: "http://mirror.example/debian", Security: "http://mirror.example/debian-security", Keyring: "/usr/share/keyrings/company.gpg"},
		},
		{
			name: "one-line form, and a machine of another release",
			files: map[string]string{
				"etc/os-release":       "ID=debian\nVERSION_CODENAME=trixie\n",
				"etc/apt/sources.list": "# deb http://old.example/debian trixie main\ndeb [arch=amd64 signed-by=/etc/apt/keyrings/m.gpg] http://mirror.example/debian trixie main non-free # ours\ndeb-src http://src.example/debian trixie main\n",
			},
			want: mirror{Main: "http://mirror.example/debian", Keyring: "/etc/apt/keyrings/m.gpg"},
		},
		{
			name: "sources of others are not the distribution's",
			files: map[string]string{
				"etc/os-release":                         bookworm,
				"etc/apt/sources.list.d/docker.list":     "deb https://download.docker.com/linux/debian bookworm stable\n",
				"etc/apt/sources.list.d/pgdg.list":       "deb https://apt.postgresql.org/pub/repos/apt bookworm-pgdg main\n",
				"etc/apt/sources.list.d/disabled.list.x": "deb http://never.example bookworm main\n",
				"etc/apt/sources.list.d/off.sources":     "Types: deb\nEnabled: no\nURIs: http://off.example\nSuites: bookworm\nComponents: main\n",
			},
			want: mirror{Main: given, Keyring: defaultKeyring},
		},
		{
			name: "Ubuntu",
			files: map[string]string{
				"etc/os-release":       "ID=ubuntu\nVERSION_CODENAME=noble\n",
				"etc/apt/sources.list": "deb http://archive.ubuntu.com/ubuntu noble main\n",
			},
			want: mirror{Main: given, Keyring: defaultKeyring},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range tc.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if diff := cmp.Diff(tc.want, machineMirror(root, given)); diff != "" {
				t.Errorf("mirror (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSourcesReadBackAsTheMirror(t *testing.T) {
	m := mirror{Main: "http://a.example/debian", Security: "http://a.example/security", Keyring: defaultKeyring}
	root := fstest.MapFS{
		"etc/os-release":                        {Data: []byte("ID=debian\nVERSION_CODENAME=" + suite + "\n")},
		"etc/apt/sources.list.d/debian.sources": {Data: []byte(m.sources())},
	}
	if diff := cmp.Diff(m, machineMirror(root, "")); diff != "" {
		t.Errorf("mirror (-want +got):\n%s", diff)
	}
}

func TestFilterSettings(t *testing.T) {
	dump := `APT::Architecture "amd64";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::Proxy "";
Acquire::http::Proxy::internal.example "DIRECT";
Acquire::Check-Date "false";
Acquire::Languages "none";
`
	want := "Acquire::http::Proxy \"http://proxy.example:3128\";\nAcquire::Check-Date \"false\";\n"
	if diff := cmp.Diff(want, filterSettings(dump)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}
