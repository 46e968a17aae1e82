package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"dcosup/adhoc"
	"dcosup/installer"
	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/report"
	"dcosup/secret"
)

var errNoTerminal = errors.New("there is no terminal to ask on")

// terminal is where a person can be asked: standard input, if it is one. A
// question goes to standard error, so that output can be piped on.
func (a *app) terminal() (*os.File, bool) {
	in, ok := a.Stdin.(*os.File)
	return in, ok && term.IsTerminal(int(in.Fd()))
}

// askSecret asks for something that is not shown while it is typed.
func (a *app) askSecret(prompt string) (secret.Text, error) {
	in, ok := a.terminal()
	if !ok {
		return "", errNoTerminal
	}
	// What is typed must not show from the first letter on, which a quick person types as soon as the question stands there.
	shown, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return "", fmt.Errorf("asking on the terminal: %w", err)
	}
	fmt.Fprint(a.Stderr, prompt)
	typed, err := answer(a.stop, func() ([]byte, error) { return term.ReadPassword(int(in.Fd())) })
	_ = term.Restore(int(in.Fd()), shown) // after Ctrl-C the read goes on, and does not
	fmt.Fprintln(a.Stderr)
	return secret.Text(typed), err
}

// errInterrupted ends a command whose person answered a question by Ctrl-C.
var errInterrupted = exitError{code: installer.KindInterrupted.ExitCode()}

// answer waits for an answer or for Ctrl-C, whichever comes first. A read from a
// terminal cannot be called back; the process ends under it.
func answer[T any](stop <-chan struct{}, read func() (T, error)) (T, error) {
	type reply struct {
		text T
		err  error
	}
	got := make(chan reply, 1)
	go func() {
		text, err := read()
		got <- reply{text, err}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			r.err = fmt.Errorf("reading the answer: %w", r.err)
		}
		return r.text, r.err
	case <-stop:
		var none T
		return none, errInterrupted
	}
}

// askYes asks until the answer is yes or no.
func (a *app) askYes(question string) (bool, error) {
	in, ok := a.terminal()
	if !ok {
		return false, errNoTerminal
	}
	lines := bufio.NewReader(in)
	for {
		fmt.Fprint(a.Stderr, question+" (yes/no) ")
		line, err := answer(a.stop, func() (string, error) { return lines.ReadString('\n') })
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "yes", "y":
			return true, nil
		case "no", "n":
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// prepare asks, before anything is connected, for all that a person would be
// asked for on the way: passphrases, once for all nodes, and whether host keys
// that are seen for the first time are the right ones. Without a terminal it
// asks nothing; then the nodes' errors say what is missing.
func (a *app) prepare(ctx context.Context, dialer *remote.Dialer, nodes []*inventory.Node, ways *reach.Ways) error {
	if _, ok := a.terminal(); !ok {
		return nil
	}
	var targets []remote.Target
	var unsure []*inventory.Node
	for _, n := range nodes {
		targets = append(targets, ways.Target(n.Name))
		if ways.Asks(n.Name) {
			unsure = append(unsure, n)
		}
	}
	for _, path := range dialer.LockedKeys(targets) {
		if err := a.unlock(dialer, path); err != nil {
			return err
		}
	}
	return a.meet(ctx, adhoc.Crew{Dialer: dialer, Ways: ways, Nodes: unsure, Forks: a.flags.forks})
}

// unlock asks for a passphrase three times, as ssh does, and then goes on
// without the key; an empty answer does so at once.
func (a *app) unlock(dialer *remote.Dialer, path string) error {
	for range 3 {
		passphrase, err := a.askSecret(fmt.Sprintf("Passphrase for the key %s: ", path))
		if err != nil {
			return err
		}
		if passphrase == "" {
			return nil
		}
		if err = dialer.Unlock(path, passphrase); !errors.Is(err, remote.ErrPassphrase) {
			return err
		}
		fmt.Fprintln(a.Stderr, err)
	}
	return nil
}

// meet shows the host keys of machines that nothing is known of, and asks once
// for all. Jumps come first: what is behind them cannot be seen before.
func (a *app) meet(ctx context.Context, crew adhoc.Crew) error {
	for {
		strangers, err := crew.Strangers()
		if err != nil || len(strangers) == 0 {
			return err
		}
		shown := crew.HostKeys(ctx, strangers)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		answered := 0
		for _, s := range shown {
			if s.Err == nil {
				answered++
			}
		}
		if answered == 0 {
			return nil // who cannot be reached will be told of by the command itself
		}
		fmt.Fprintf(a.Stderr, "These machines are met for the first time:\n\n%s\n", report.HostKeyTable(shown, a.table()))
		yes, err := a.askYes("Are these the host keys of your machines?")
		if err != nil {
			return err
		}
		if !yes {
			return errors.New("host keys that are not known were not accepted; nothing was done")
		}
		for _, s := range shown {
			if s.Err == nil {
				if err := crew.Dialer.Pin(s.Target, s.Keys); err != nil {
					return err
				}
			}
		}
		if answered < len(shown) {
			return nil
		}
	}
}
