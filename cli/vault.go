package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"dcosup/inventory/ansiblecfg"
	"dcosup/inventory/vault"
	"dcosup/secret"
)

const (
	// scriptPatience is how long a program may take to give a password: it may
	// ask a person, by a pinentry or a hardware key.
	scriptPatience = 2 * time.Minute
	// maxPassword bounds what is read as a password, in bytes.
	maxPassword = 1 << 16
)

// vaultSource is where a vault password comes from.
type vaultSource struct {
	// label is its vault id, "" if none was given.
	label string
	// from is a path, or sourcePrompt.
	from string
	// by is the flag, the variable or the place in ansible.cfg that named it.
	by string
	// optional sources are passed over with a warning if they give nothing.
	optional bool
	prompt   string
}

const sourcePrompt = "prompt"

// keyring collects the vault passwords in Ansible's order: the vault ids of its
// configuration and of the flags, the files of both, then the one asked for.
func (a *app) keyring(ctx context.Context, cfg *ansiblecfg.Settings) (*vault.Keyring, error) {
	ring := &vault.Keyring{MatchIDs: cfg.VaultIDMatch}
	var last error
	for _, s := range a.vaultSources(cfg) {
		password, err := a.vaultPassword(ctx, s, ring)
		switch {
		case err == nil:
			ring.Secrets = append(ring.Secrets, vault.Secret{ID: s.label, Password: password})
		case errors.Is(err, errInterrupted) || !s.optional:
			return nil, err
		default:
			last = err
			fmt.Fprintf(a.Stderr, "warning: %v\n", err)
		}
	}
	if last != nil && len(ring.Secrets) == 0 {
		return nil, last
	}
	return ring, nil
}

// vaultSources are where passwords come from, in the order in which they count.
func (a *app) vaultSources(cfg *ansiblecfg.Settings) []vaultSource {
	var sources []vaultSource
	for _, id := range cfg.VaultIdentityList {
		sources = append(sources, identity(id, vaultSource{by: cfg.Origin("vault_identity_list").String(), optional: true}))
	}
	for _, id := range a.flags.vaultIDs {
		sources = append(sources, identity(id, vaultSource{by: "--vault-id"}))
	}
	for _, file := range a.flags.vaultFiles {
		sources = append(sources, vaultSource{label: vault.DefaultID, from: file, by: "--vault-password-file"})
	}
	if file := cfg.VaultPasswordFile; file != "" {
		sources = append(sources, vaultSource{label: vault.DefaultID, from: file, by: cfg.Origin("vault_password_file").String(), optional: true})
	}
	if a.flags.askVault {
		sources = append(sources, vaultSource{label: vault.DefaultID, from: sourcePrompt, by: "--ask-vault-pass", prompt: "Vault password: "})
	}
	return sources
}

// identity reads [LABEL@]SOURCE.
func identity(text string, s vaultSource) vaultSource {
	label, from, ok := strings.Cut(text, "@")
	if !ok {
		label, from = "", text
	}
	s.label, s.from = label, from
	if label == "" {
		label = vault.DefaultID
	}
	s.prompt = fmt.Sprintf("Vault password (%s): ", label)
	return s
}

// vaultPassword gets one password, trimmed as Ansible trims it. A file may be
// encrypted with a password that came before.
func (a *app) vaultPassword(ctx context.Context, s vaultSource, ring *vault.Keyring) (secret.Text, error) {
	password, err := a.vaultText(ctx, s, ring)
	switch {
	case err != nil:
		return "", err
	case password == "" && s.from == sourcePrompt:
		return "", fmt.Errorf("%s: the password is empty", s.by)
	case password == "":
		return "", fmt.Errorf("%s: %s gives an empty password", s.by, s.from)
	}
	return password, nil
}

func (a *app) vaultText(ctx context.Context, s vaultSource, ring *vault.Keyring) (secret.Text, error) {
	const white = " \t\n\r\v\f"
	if s.from == sourcePrompt {
		password, err := a.askSecret(s.prompt)
		if errors.Is(err, errNoTerminal) {
			err = fmt.Errorf("%w: give the vault password by --vault-password-file or --vault-id LABEL@FILE", err)
		}
		return secret.Text(strings.Trim(password.Reveal(), white)), err
	}
	path, err := filepath.Abs(a.expandHome(s.from))
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.by, err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %s: %w", s.by, s.from, cause(err))
	case info.IsDir():
		return "", fmt.Errorf("%s: %s is a directory", s.by, s.from)
	case info.Mode()&0o111 != 0:
		text, err := a.runVaultScript(ctx, path, s)
		return secret.Text(strings.Trim(text.Reveal(), "\r\n")), err
	}
	text, err := readPassword(path)
	if err != nil {
		return "", fmt.Errorf("%s: %s: %w", s.by, s.from, cause(err))
	}
	text = strings.Trim(text, white)
	if !vault.IsEncrypted(text) {
		return secret.Text(text), nil
	}
	plain, err := ring.Decrypt([]byte(text))
	if err != nil {
		return "", fmt.Errorf("%s: %s is encrypted by Ansible Vault itself, and %w", s.by, s.from, err)
	}
	return secret.Text(strings.Trim(plain.Reveal(), "\r\n")), nil
}

// readPassword reads a file, which may be a pipe.
func readPassword(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
	if err == nil && len(text) > maxPassword {
		err = fmt.Errorf("it has more than %d bytes, and is no file of a password", maxPassword)
	}
	return string(text), err
}

// cause drops the path that errors of os repeat.
func cause(err error) error {
	if of, ok := err.(*fs.PathError); ok {
		return of.Err
	}
	return err
}

// runVaultScript runs a program that prints a password. One whose name ends in
// -client is told the vault id that is wanted.
func (a *app) runVaultScript(ctx context.Context, path string, s vaultSource) (secret.Text, error) {
	var args []string
	if client := strings.HasSuffix(strings.TrimSuffix(path, filepath.Ext(path)), "-client"); client && s.label != "" {
		args = []string{"--vault-id", s.label}
	}
	out, err := a.run(ctx, program{path: path, args: args, patience: scriptPatience, max: maxPassword, asks: true})
	switch {
	case errors.Is(err, errInterrupted):
		return "", err
	case errors.Is(err, syscall.ENOEXEC) || errors.Is(err, os.ErrPermission):
		err = fmt.Errorf("%w; if it is no program, take its mode x away: chmod -x %s", err, s.from)
	}
	if err != nil {
		return "", fmt.Errorf("%s: the program %s: %w", s.by, s.from, err)
	}
	return secret.Text(out), nil
}
