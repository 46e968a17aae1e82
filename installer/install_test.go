package installer

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
)

// dcos_install.sh goes on checking after a failed check: what failed can stand
// far above the end of its log.
func TestRefusalNamesTheFailedChecks(t *testing.T) {
	log := "Checking docker is installed: PASS\n" +
		"\x1b[31mChecking for unzip in PATH: FAIL\x1b[0m not found\n" +
		"Checking that port 53 is free for dcos-net: FAIL (in use)\n" +
		"Checking the role: PASS (master)\n"
	err := &remote.CommandError{Node: "m", Name: "job install", ExitCode: 2, Stderr: log}
	got := failureOf(refusal(err), "m", "install/m")
	want := Failure{Node: "m", Step: "install/m", Kind: KindFailed, Command: "job install", ExitCode: 2,
		Message: "dcos_install.sh refused the node:\n" +
			"  Checking for unzip in PATH: FAIL not found\n" +
			"  Checking that port 53 is free for dcos-net: FAIL (in use)",
		Stderr: tail(log, 12), Hint: "mend what it names, then run the same command again"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failure (-want +got):\n%s", diff)
	}
}

func TestRefusalLeavesOtherErrorsAlone(t *testing.T) {
	for _, err := range []error{nil, errors.New("another"), &remote.CommandError{Name: "job install", ExitCode: 22, Stderr: "curl: (22) 404\n"}} {
		if got := refusal(err); got != err {
			t.Errorf("got %v, want %v itself", got, err)
		}
	}
}
