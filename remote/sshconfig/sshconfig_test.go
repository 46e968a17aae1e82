package sshconfig_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote/sshconfig"
)

func load(t *testing.T, home string) (*sshconfig.Config, error) {
	t.Helper()
	return sshconfig.Load(sshconfig.Sources{
		Files: []string{filepath.Join(home, ".ssh/config"), filepath.Join(home, "system")}, Home: home, User: "ann", UID: "1000",
		LocalHost: "laptop.example.com", WorkDir: "/work", Getenv: func(name string) string { return map[string]string{"DIR": "/from/env", "SOCK": "/sock"}[name] },
	})
}

func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTokens(t *testing.T) {
	dir := home(t, map[string]string{".ssh/config": `Host h
	HostName %h.example.com
	User core
	Port 2222
	HostKeyAlias alias
	IdentityFile ~/.ssh/%r_%h_key
	IdentityFile %d/%u-%i
	IdentityFile ${DIR}/key
	IdentityFile relative
	CertificateFile ~/%n-cert.pub
	UserKnownHostsFile ~/.ssh/known_%k /dev/null
	IdentityAgent $SOCK
	ProxyCommand ssh -W [%h]:%p %r@bastion-%n # 100%%
	ConnectTimeout 90
`})
	conf, err := load(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := conf.Host("h", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := sshconfig.Settings{
		HostName: "h.example.com", User: "core", Port: 2222, HostKeyAlias: "alias",
		IdentityFiles:       []string{dir + "/.ssh/core_h.example.com_key", dir + "/ann-1000", "/from/env/key", "/work/relative"},
		CertificateFiles:    []string{dir + "/h-cert.pub"},
		UserKnownHostsFiles: []string{dir + "/.ssh/known_alias", "/dev/null"},
		IdentityAgent:       "/sock",
		ProxyCommand:        "ssh -W [h.example.com]:2222 core@bastion-h # 100%",
		ConnectTimeout:      90 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestInclude(t *testing.T) {
	dir := home(t, map[string]string{
		".ssh/config":   "Host h\n Include conf.d/* ~/other\nHost *\n User late\n",
		".ssh/conf.d/a": "Port 2222\nHost x\n User wrong\n",
		".ssh/conf.d/b": "User core\n",
		"other":         "HostName real\n",
		"system":        "User system\nIdentityFile /sys\n",
	})
	conf, err := load(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]sshconfig.Settings{
		"h": {HostName: "real", User: "core", Port: 2222, IdentityFiles: []string{"/sys"}},
		"x": {HostName: "x", User: "late", IdentityFiles: []string{"/sys"}},
	} {
		got, err := conf.Host(host, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", host, diff)
		}
	}
}

func TestUnused(t *testing.T) {
	dir := home(t, map[string]string{".ssh/config": `Host h
	Ciphers aes128-ctr
	AddressFamily any
	ForwardAgent yes
Match exec "true" host h
	Port 1
Match exec "true" host x
	Port 2
Host other
	KexAlgorithms x
`})
	conf, err := load(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := conf.Host("h", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	file := dir + "/.ssh/config"
	want := []sshconfig.Unused{
		{Keyword: "Ciphers", Why: "dcosup has its own list", File: file, Line: 2},
		{Keyword: "Match exec", Why: "dcosup does not try it, and takes it as not matching", File: file, Line: 5},
	}
	if diff := cmp.Diff(want, got.Unused); diff != "" || got.Port != 0 {
		t.Errorf("port %d, unused (-want +got):\n%s", got.Port, diff)
	}
}

func TestFilesThatAreNotRead(t *testing.T) {
	t.Run("others may write it", func(t *testing.T) {
		dir := home(t, map[string]string{".ssh/config": "Port 2222\n"})
		if err := os.Chmod(dir+"/.ssh/config", 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := load(t, dir); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("got %v, want an error that says what to do", err)
		}
	})
	t.Run("it includes itself", func(t *testing.T) {
		dir := home(t, map[string]string{".ssh/config": "Include config\n"})
		if _, err := load(t, dir); err == nil || !strings.Contains(err.Error(), "config:1: too many files include each other") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("it is a directory", func(t *testing.T) {
		dir := home(t, map[string]string{".ssh/config/x": ""})
		if _, err := load(t, dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("there is none", func(t *testing.T) {
		conf, err := load(t, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		got, err := conf.Host("h", "", nil)
		if diff := cmp.Diff(sshconfig.Settings{HostName: "h"}, got); diff != "" || err != nil {
			t.Errorf("%v, settings (-want +got):\n%s", err, diff)
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, s := range situations {
		f.Add(s.config, "h")
	}
	f.Add("Host *\nIdentityFile ${A}${B\nProxyJump [::1]:1,ssh://a@b:2/\n", "x%h")
	f.Fuzz(func(t *testing.T, config, host string) {
		if strings.Contains(strings.ToLower(config), "include") {
			return // of files that the test has not made
		}
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		conf, err := sshconfig.Load(sshconfig.Sources{Files: []string{file}, Home: "/home/ann", User: "ann"})
		if err != nil {
			return
		}
		s, err := conf.Host(host, "", nil)
		if err == nil && (s.Port < 0 || s.Port > 65535 || s.ProxyCommand != "" && len(s.ProxyJump) > 0) {
			t.Errorf("settings %+v", s)
		}
	})
}
