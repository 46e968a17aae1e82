package cli

import (
	"errors"
	"testing"

	"github.com/hashicorp/go-multierror"

	"dcosup/installer"
)

// Two nodes that fail for one cause and a third that fails for another are one
// multierror of two causes, and the exit code is the summary's.
func TestOutcomeIsOneErrorGroupedByCause(t *testing.T) {
	refused := func(node string) installer.Failure {
		return installer.Failure{Node: node, Step: "discover", Kind: installer.KindUnreachable, Message: "connection refused"}
	}
	err := outcome(installer.Summary{ExitCode: 1, Failures: []installer.Failure{refused("a1"), refused("a2"),
		{Node: "a3", Step: "install/a3", Kind: installer.KindFailed, Message: "no space left"}}})
	var code exitError
	if !errors.As(err, &code) || code.code != 1 {
		t.Errorf("got %v, want exit code 1", err)
	}
	var many *multierror.Error
	if !errors.As(err, &many) || len(many.Errors) != 2 {
		t.Errorf("got %v, want one multierror of two causes", err)
	}
}

func TestOutcomeOfARunThatWentWell(t *testing.T) {
	if err := outcome(installer.Summary{OK: true}); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}
