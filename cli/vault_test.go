package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory/ansiblecfg"
	"dcosup/inventory/vault"
)

func TestVaultSources(t *testing.T) {
	env := map[string]string{"ANSIBLE_VAULT_IDENTITY_LIST": "a@x, b@~/y@z,,prompt", "ANSIBLE_VAULT_PASSWORD_FILE": "/env"}
	getenv := func(name string) string { return env[name] }
	cfg, err := ansiblecfg.Load(ansiblecfg.Options{Getenv: getenv, WorkDir: t.TempDir(), System: "none"})
	if err != nil {
		t.Fatal(err)
	}
	a := &app{World: World{Getenv: getenv}, flags: commonFlags{
		vaultIDs: []string{"lab@prompt", "@file", "plain"}, vaultFiles: []string{"with@sign"}, askVault: true,
	}}
	var got [][3]string
	for _, s := range a.vaultSources(cfg) {
		got = append(got, [3]string{s.by, s.label, s.from})
	}
	want := [][3]string{
		{"ANSIBLE_VAULT_IDENTITY_LIST", "a", "x"}, {"ANSIBLE_VAULT_IDENTITY_LIST", "b", "~/y@z"}, {"ANSIBLE_VAULT_IDENTITY_LIST", "", "prompt"},
		{"--vault-id", "lab", "prompt"}, {"--vault-id", "", "file"}, {"--vault-id", "", "plain"},
		{"--vault-password-file", "default", "with@sign"}, {"ANSIBLE_VAULT_PASSWORD_FILE", "default", "/env"},
		{"--ask-vault-pass", "default", "prompt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("--vault-id lab@prompt --vault-id @file --vault-id plain --vault-password-file with@sign -J", a.words()); diff != "" {
		t.Errorf("the next command's flags (-want +got):\n%s", diff)
	}
}

// vaultScript is a program with the given shell text, and an app to run it.
func vaultScript(t *testing.T, text string) (a *app, s vaultSource) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	a = &app{World: World{Stdin: strings.NewReader(""), Stderr: &strings.Builder{}, Getenv: func(string) string { return "" }}}
	return a, vaultSource{from: path, by: "--vault-id"}
}

func TestVaultScriptThatHangs(t *testing.T) {
	// What it has started holds on to its output, as a pinentry would.
	a, s := vaultScript(t, "sleep 60 & wait\n")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := a.vaultPassword(ctx, s, &vault.Keyring{})
	if err == nil || !strings.Contains(err.Error(), "it did not end within") {
		t.Errorf("error = %v, want one that says that it took too long", err)
	}
}

func TestVaultScriptAndCtrlC(t *testing.T) {
	a, s := vaultScript(t, "touch \"$0.begun\"; sleep 60 & wait\n")
	stop := make(chan struct{})
	a.stop = stop
	go func() {
		for {
			if _, err := os.Stat(s.from + ".begun"); err == nil {
				close(stop)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := a.vaultPassword(context.Background(), s, &vault.Keyring{}); !errors.Is(err, errInterrupted) {
		t.Errorf("error = %v, want that of an interruption", err)
	}
}

func TestVaultScriptBounds(t *testing.T) {
	a, s := vaultScript(t, "yes | head -c 100000\n")
	if _, err := a.vaultPassword(context.Background(), s, &vault.Keyring{}); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("error = %v, want one about its size", err)
	}
	a, s = vaultScript(t, "yes complaint | head -c 100000 >&2; exit 1\n")
	if _, err := a.vaultPassword(context.Background(), s, &vault.Keyring{}); err == nil || len(err.Error()) > 2*maxComplaint {
		t.Error("want an error of bounded length")
	}
	if err := os.WriteFile(s.from, make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.from, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.vaultPassword(context.Background(), s, &vault.Keyring{}); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("error = %v, want one about its size", err)
	}
}

// TestVaultPasswordIsTrimmed has the white space that Ansible takes off: all
// around what a file holds, ends of lines of what a program prints.
func TestVaultPasswordIsTrimmed(t *testing.T) {
	a, s := vaultScript(t, "printf '\\n two words \\r\\n'\n")
	if got, err := a.vaultPassword(context.Background(), s, &vault.Keyring{}); err != nil || got.Reveal() != " two words " {
		t.Errorf("program: %q, %v", got.Reveal(), err)
	}
	s.from = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(s.from, []byte("\n two words \t\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := a.vaultPassword(context.Background(), s, &vault.Keyring{}); err != nil || got.Reveal() != "two words" {
		t.Errorf("file: %q, %v", got.Reveal(), err)
	}
}
