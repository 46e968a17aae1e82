package program_test

import (
	"strings"
	"testing"

	"dcosup/testing/lab/release/standin/program"
)

// On a machine that is no node every name of the program must say what it misses, by its own exit code.
func TestMainGoesByItsName(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		say  string
	}{
		"an unknown name":          {[]string{"/usr/bin/standin", "fly"}, 2, "not DC/OS"},
		"no name":                  {[]string{"standin"}, 2, "not DC/OS"},
		"by the first argument":    {[]string{"standin", "pkgpanda"}, 1, "usage: pkgpanda"},
		"by a link":                {[]string{"/opt/mesosphere/bin/pkgpanda", "jump"}, 1, "usage: pkgpanda"},
		"generator, wrong flag":    {[]string{"standin", "genconf", "--deploy"}, 2, "unrecognized"},
		"generator, no release":    {[]string{"standin", "genconf", "--version"}, 1, "release.json"},
		"checks without a node":    {[]string{"dcos-check-runner", "check", "cluster"}, 3, `"error"`},
		"service without a node":   {[]string{"standin", "serve", "marathon"}, 1, "standin.json"},
		"service without its name": {[]string{"standin", "serve"}, 1, "one service"},
		"Mesos as a program":       {[]string{"mesos-master", "--port=5050"}, 1, "--version"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if code := program.Main(test.args, &out, &out); code != test.code || !strings.Contains(out.String(), test.say) {
				t.Errorf("exit code %d, want %d; %q wanted in %q", code, test.code, test.say, out.String())
			}
		})
	}
}
