package cli

import (
	"errors"
	"io"
	"testing"
)

func TestAnswer(t *testing.T) {
	never := make(chan struct{})
	if got, err := answer(never, func() (string, error) { return "yes", nil }); got != "yes" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := answer(never, func() (string, error) { return "", io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end of the terminal", err)
	}
	// Ctrl-C is an answer: the command ends, though nobody presses Enter.
	stop, read := make(chan struct{}), make(chan struct{})
	close(stop)
	defer close(read)
	_, err := answer(stop, func() (string, error) { <-read; return "too late", nil })
	var code exitError
	if !errors.As(err, &code) || code.code != 130 {
		t.Errorf("got %v, want exit code 130", err)
	}
}
