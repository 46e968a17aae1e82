package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "dcos_generate_config.sh")
	for name, test := range map[string]struct {
		args []string
		code int
		want string // the end of stdout
	}{
		"a release":  {[]string{"-out", out, "-payload", "-1"}, 0, "  " + out + "\n"},
		"wrong flag": {[]string{"-fast"}, 2, ""},
		"no place":   {[]string{"-out", "/dev/null/x", "-payload", "-1"}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := run(test.args, &stdout, &stderr)
			if code != test.code || !strings.HasSuffix(stdout.String(), test.want) || stderr.Len() == 0 {
				t.Errorf("exit code %d, want %d; stdout %q, stderr %q", code, test.code, stdout.String(), stderr.String())
			}
		})
	}
}
