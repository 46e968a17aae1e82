package cli

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"dcosup/remote/remotetest"
)

// The scripts in testdata run the whole program, in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"dcosup": func() {
			os.Exit(Run(os.Args[1:], World{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}

// The scripts in testdata/ssh have an inventory of three hosts, which are one
// server, and nothing in known_hosts; nodes makes them a cluster. other_hosts has another key for it.
func TestSSHScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/ssh", Setup: func(env *testscript.Env) error {
		srv, other := remotetest.Start(t, remotetest.Options{Password: "right"}), remotetest.Start(t, remotetest.Options{})
		key, err := os.ReadFile(srv.KeyFile)
		if err != nil {
			return err
		}
		known, err := os.ReadFile(other.KnownHosts)
		if err != nil {
			return err
		}
		me, err := user.Current()
		if err != nil {
			return err
		}
		changed := strings.ReplaceAll(string(known), fmt.Sprint("]:", other.Port), fmt.Sprint("]:", srv.Port))
		hosts := "n[1:3] ansible_host=127.0.0.1\n[all:vars]\nansible_ssh_private_key_file=id\n" + fmt.Sprintf(
			"ansible_port=%d\nansible_user=%s\nansible_become=false\nansible_ssh_common_args=-o UserKnownHostsFile=%s/known_hosts -o GlobalKnownHostsFile=none -o IdentityAgent=none -o HashKnownHosts=no\n",
			srv.Port, me.Username, env.WorkDir)
		_, vars, _ := strings.Cut(hosts, "\n")
		nodes := "[bootstrap]\nn1 private_ip=10.0.0.1\n[masters]\nn2 private_ip=10.0.0.2\n[agents_private]\nn3 private_ip=10.0.0.3\n" +
			strings.Replace(vars, "common_args=", "common_args=-o HostName=127.0.0.1 ", 1)
		for name, text := range map[string]string{"id": string(key), "hosts": hosts, "nodes": nodes, "other_hosts": changed} {
			if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o600); err != nil {
				return err
			}
		}
		return nil
	}})
}
