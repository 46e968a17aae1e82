package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// program is something of the person's that is run for what it prints: an
// inventory, or one that gives a password.
type program struct {
	path string
	args []string
	// patience is how long it may take.
	patience time.Duration
	// max bounds what it may print, in bytes.
	max int
	// asks shows what it says on standard error, where a person can answer.
	asks bool
}

const (
	// inventoryPatience is how long an inventory may take: those of clouds ask
	// for one page of machines after the other.
	inventoryPatience = 2 * time.Minute
	// maxInventory bounds what one may print. It is as much as is read of a file.
	maxInventory = 16 << 20
	// maxComplaint bounds what is kept of what a program complains about.
	maxComplaint = 1 << 11
)

// run runs a program to its end, to that of its patience or to Ctrl-C. What it
// complained about is in the error.
func (a *app) run(ctx context.Context, p program) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	go func() {
		select {
		case <-a.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	// What it has started must not hold us up, nor outlive a Ctrl-C by much.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second
	output, complaint := &bounded{max: p.max}, &bounded{max: maxComplaint}
	cmd.Stdout, cmd.Stderr = output, complaint
	if in, ok := a.terminal(); ok {
		cmd.Stdin = in
		if p.asks {
			cmd.Stderr = io.MultiWriter(complaint, a.Stderr)
		}
	}
	err := cmd.Run()
	select {
	case <-a.stop:
		return nil, errInterrupted
	default:
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("it did not end within %v", p.patience)
	case err == nil && output.over:
		err = fmt.Errorf("it printed more than %d bytes", p.max)
	}
	if err != nil {
		return nil, fmt.Errorf("%w%s", cause(err), complaint.said())
	}
	return output.kept, nil
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	kept []byte
	max  int
	over bool
}

// Write keeps what there is room for, and takes the rest without keeping it.
func (b *bounded) Write(p []byte) (int, error) {
	keep := min(len(p), b.max-len(b.kept))
	b.over = b.over || keep < len(p)
	b.kept = append(b.kept, p[:keep]...)
	return len(p), nil
}

// said are the lines that a program complained by, for the end of an error.
func (b *bounded) said() string {
	text := strings.TrimSpace(string(b.kept))
	if text == "" {
		return ""
	}
	return ": " + strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
