package sshconfig_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote/sshconfig"
)

// situation is a configuration and who asks for what; ssh -G is its judge.
type situation struct {
	config  string
	host    string // default: h
	user    string // -l
	options []string
}

var situations = []situation{
	{config: ""},
	{config: "Host h\n HostName 10.0.0.1\n Port 2222\n User core\n"},
	{config: "Host other\n Port 2222\nHost h\n User core\n"},
	{config: "port 2222\nPORT 3333\n"},
	{config: "Port=2222\nUser = core\nHostName= x\n"},
	{config: "Port \"2222\"\nUser 'two words'\n"},
	{config: "User \"a\\\"b\"\n"},
	{config: "User a\\ b\n"},
	{config: "User core # comment\n#Port 1\n\n   # x\nPort 2222\n"},
	{config: "User a#b\n"},
	{config: "User core\r\nPort 2222\r\n"},
	{config: "\t Host h\n\t\tPort 2222"},
	{config: "Host h* !h2\n Port 2222\n", host: "h1"},
	{config: "Host h* !h2\n Port 2222\n", host: "h2"},
	{config: "Host !h2\n Port 2222\n", host: "h1"},
	{config: "Host a b h\n Port 2222\n"},
	{config: "Host a,b,h\n Port 2222\n"},
	{config: "Host ?\n Port 2222\n"},
	{config: "Host H\n Port 2222\n"},
	{config: "Host *.example.com\n Port 2222\nHost *\n Port 3333\n", host: "x.example.com"},
	{config: "Host *\n Port 3333\nHost h\n Port 2222\n"},
	{config: "Host h\n HostName %h.example.com\n"},
	{config: "Host h\n HostName %%x\n"},
	{config: "HostName fe80::1\n"},
	{config: "HostName a\n", host: "H.Example.COM"},
	{config: "", host: "UPPER"},
	{config: "IdentityFile /k/a\nIdentityFile /k/b\nHost h\n IdentityFile \"/k/c d\"\n"},
	{config: "IdentityFile /k/a\nIdentityFile /k/a\n"},
	{config: "CertificateFile /k/a-cert.pub\nCertificateFile /k/b-cert.pub\n"},
	{config: "IdentitiesOnly yes\n"},
	{config: "IdentitiesOnly TRUE\n"},
	{config: "IdentitiesOnly no\nIdentitiesOnly yes\n"},
	{config: "IdentityAgent none\n"},
	{config: "IdentityAgent /run/agent\n"},
	{config: "StrictHostKeyChecking yes\n"},
	{config: "StrictHostKeyChecking no\n"},
	{config: "StrictHostKeyChecking off\n"},
	{config: "StrictHostKeyChecking ask\n"},
	{config: "StrictHostKeyChecking accept-new\n"},
	{config: "StrictHostKeyChecking Accept-New\n"},
	{config: "StrictHostKeyChecking true\n"},
	{config: "UserKnownHostsFile /a /b\n"},
	{config: "UserKnownHostsFile none\n"},
	{config: "UserKnownHostsFile /dev/null\nUserKnownHostsFile /b\n"},
	{config: "GlobalKnownHostsFile /a \"/b c\"\n"},
	{config: "HostKeyAlias alias\n"},
	{config: "HashKnownHosts yes\n"},
	{config: "ConnectTimeout 5\n"},
	{config: "ConnectTimeout 1m30s\n"},
	{config: "ConnectTimeout 1h\n"},
	{config: "ConnectTimeout none\n"},
	{config: "ProxyJump bastion\n"},
	{config: "ProxyJump u@bastion:2222\n"},
	{config: "ProxyJump a,u@b:22,[::1]:33,ssh://x@y:44\n"},
	{config: "ProxyJump none\nProxyJump bastion\n"},
	{config: "ProxyJump none\nProxyCommand nc a b\n"},
	{config: "ProxyCommand nc -X 5 proxy 22 # not a comment\n"},
	{config: "ProxyCommand nc a b\nProxyJump bastion\n"},
	{config: "ProxyJump bastion\nProxyCommand nc a b\n"},
	{config: "ProxyCommand none\nProxyJump bastion\n"},
	{config: "ProxyCommand=nc a b\n"},
	{config: "Match all\n Port 2222\n"},
	{config: "Match host h\n Port 2222\n"},
	{config: "Match host a,b,h*\n Port 2222\n"},
	{config: "Match host *,!h\n Port 2222\n"},
	{config: "Match !host h\n Port 2222\n"},
	{config: "Match !host x\n Port 2222\n"},
	{config: "Host h\n HostName real\nMatch host real\n Port 2222\n"},
	{config: "Host h\n HostName real\nMatch originalhost h\n Port 2222\n"},
	{config: "Host h\n HostName real\nMatch originalhost real\n Port 2222\n"},
	{config: "User core\nMatch user core\n Port 2222\n"},
	{config: "Match user core\n Port 2222\n", user: "core"},
	{config: "Match host h user core\n Port 2222\n", user: "nobody"},
	{config: "Match localuser root\n Port 2222\n"},
	{config: "Match localuser nobody\n Port 2222\n"},
	{config: "Match final\n Port 2222\n"},
	{config: "Match final host h\n Port 2222\nHost h\n User core\n"},
	{config: "Host h\n HostName real\nHost real\n Port 2222\nMatch final\n User core\n"},
	{config: "Match canonical\n Port 2222\n"},
	{config: "Match final all\n Port 2222\nIdentityFile /k/a\n"},
	{config: "Match host x\n Port 1\nHost h\n Port 2222\n"},
	{config: "Port 2222\n", options: []string{"Port=3333"}},
	{config: "User core\n", user: "ann", options: []string{"IdentityFile=/k/o", "StrictHostKeyChecking=no"}},
	{config: "IdentityFile /k/a\n", options: []string{"IdentityFile=/k/o"}},
	{config: "", options: []string{"ProxyCommand=nc a b", "UserKnownHostsFile=/a /b"}},
	{config: "Host x\n Port abc\n"},
	{config: "IgnoreUnknown Foo,B*\nFoo x\nBar y\nPort 2222\n"},
	{config: "Host h\n ForwardAgent yes\n ControlMaster auto\n ServerAliveInterval 5\n Compression yes\n SendEnv A B\n LocalForward 1 b:2\n"},
	// What is refused.
	{config: "Foo bar\n"}, {config: "Host other\n Foo bar\n"}, {config: "IgnoreUnknown X\nFoo y\n"},
	{config: "Port\n"}, {config: "Port 0\n"}, {config: "Port 65536\n"}, {config: "Port 22 23\n"}, {config: "Port \"22\n"},
	{config: "User a b\n"}, {config: "Host\n"}, {config: "Match\n"}, {config: "Match foo\n"}, {config: "Match host\n"}, {config: "Match all host h\n"},
	{config: "Match host h all\n"}, {config: "ConnectTimeout -1\n"}, {config: "ConnectTimeout 1x\n"}, {config: "ProxyJump a:b:c\n"}, {config: "ProxyJump @h\n"},
	{config: "StrictHostKeyChecking maybe\n"}, {config: "IdentitiesOnly maybe\n"}, {config: "UserKnownHostsFile /a none\n"}, {config: "Include\n"},
	{config: "HostName \"\"\n"}, {config: "", options: []string{"Port=x"}}, {config: "", options: []string{"Foo=x"}},
}

func TestAsSSH(t *testing.T) {
	for i, s := range situations {
		t.Run(fmt.Sprintf("%d", i), func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "config")
			if err := os.WriteFile(file, []byte(s.config), 0o600); err != nil {
				t.Fatal(err)
			}
			host := s.host
			if host == "" {
				host = "h"
			}
			args := []string{"-F", file, "-G"}
			var options []sshconfig.Option
			for _, o := range s.options {
				name, value, _ := strings.Cut(o, "=")
				options = append(options, sshconfig.Option{Name: name, Value: value})
				args = append(args, "-o", o)
			}
			if s.user != "" {
				args = append(args, "-l", s.user)
			}
			out, sshErr := exec.Command("ssh", append(args, host)...).Output()
			conf, err := sshconfig.Load(sshconfig.Sources{Files: []string{file}, Home: "/root", User: "root"})
			var got sshconfig.Settings
			if err == nil {
				got, err = conf.Host(host, s.user, options)
			}
			if (err != nil) != (sshErr != nil) {
				t.Fatalf("%q\nwe: %v\nssh: %v", s.config, err, sshErr)
			}
			if err != nil {
				if !strings.Contains(err.Error(), file) && s.options == nil {
					t.Errorf("no place in %q", err)
				}
				return
			}
			if diff := cmp.Diff(printed(string(out)), shown(got)); diff != "" {
				t.Errorf("%q (-ssh +ours):\n%s", s.config, diff)
			}
		})
	}
}

// printed are the lines of ssh -G that Settings have, but for ssh's defaults.
func printed(out string) (lines []string) {
	keys := strings.Fields("hostname port user identityfile certificatefile identitiesonly identityagent proxyjump proxycommand " +
		"userknownhostsfile globalknownhostsfile stricthostkeychecking hostkeyalias hashknownhosts connecttimeout")
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, " ")
		if !slices.Contains(keys, key) || slices.Contains(defaults, line) || strings.HasPrefix(value, "~/.ssh/id_") {
			continue
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

var defaults = []string{"port 22", "user root", "identitiesonly no", "stricthostkeychecking ask", "hashknownhosts no", "connecttimeout none",
	"userknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2", "globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"}

// shown writes Settings as ssh -G does.
func shown(s sshconfig.Settings) (lines []string) {
	add := func(key string, value any) { lines = append(lines, fmt.Sprintf("%s %v", key, value)) }
	add("hostname", s.HostName)
	add("port", max(s.Port, 22))
	add("user", s.User)
	for _, f := range s.IdentityFiles {
		add("identityfile", f)
	}
	for _, f := range s.CertificateFiles {
		add("certificatefile", f)
	}
	add("identitiesonly", map[bool]string{true: "yes", false: "no"}[s.IdentitiesOnly])
	add("hashknownhosts", map[bool]string{true: "yes", false: "no"}[s.HashKnownHosts])
	add("identityagent", s.IdentityAgent)
	add("hostkeyalias", s.HostKeyAlias)
	add("stricthostkeychecking", map[string]string{"yes": "true", "no": "false", "off": "false", "": "ask"}[s.StrictHostKeyChecking]+
		map[string]string{"ask": "ask", "accept-new": "accept-new"}[s.StrictHostKeyChecking])
	add("proxycommand", s.ProxyCommand)
	var hops []string
	for _, h := range s.ProxyJump {
		text := h.Host
		if strings.Contains(text, ":") {
			text = "[" + text + "]"
		}
		if h.User != "" {
			text = h.User + "@" + text
		}
		if h.Port != 0 {
			text += fmt.Sprint(":", h.Port)
		}
		hops = append(hops, text)
	}
	add("proxyjump", strings.Join(hops, ","))
	for key, list := range map[string][]string{"userknownhostsfile": s.UserKnownHostsFiles, "globalknownhostsfile": s.GlobalKnownHostsFiles} {
		switch {
		case list == nil:
		case len(list) == 0:
			add(key, "none")
		default:
			add(key, strings.Join(list, " "))
		}
	}
	timeout := "none"
	if s.ConnectTimeout > 0 {
		timeout = fmt.Sprint(int(s.ConnectTimeout.Seconds()))
	}
	add("connecttimeout", timeout)
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasSuffix(l, " ") || slices.Contains(defaults, l) })
	slices.Sort(lines)
	return lines
}
