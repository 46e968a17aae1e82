package genconf_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

func TestGeneratorErrors(t *testing.T) {
	for _, tt := range []struct {
		name, log string
		want      []genconf.KeyError
	}{
		{"validation, in colour",
			"\x1b[32m====> EXECUTING CONFIGURATION GENERATION\x1b[0m\r\n\x1b[1;31mresolvers: Invalid IPv4 addresses in list: x\x1b[0m\r\n\x1b[1;31mmaster_list: Must set master_list, no way to calculate value.\x1b[0m\r\n",
			[]genconf.KeyError{{Key: "resolvers", Message: "Invalid IPv4 addresses in list: x"}, {Key: "master_list", Message: "Must set master_list, no way to calculate value."}}},
		{"the same complaint twice", "dns_search: no\ndns_search: no\n", []genconf.KeyError{{Key: "dns_search", Message: "no"}}},
		{"crash with a key in the line before",
			"Generating configuration files...\nUnable to handle the value of dns_search\nTraceback (most recent call last):\n  File \"/x.py\", line 1, in <module>\n    main: x\n  File \"/y.py\"\nNotImplementedError\nmore\n",
			[]genconf.KeyError{{Key: "dns_search", Message: "the generator crashed: NotImplementedError (Unable to handle the value of dns_search)"}}},
		{"crash, cut off", "Traceback (most recent call last):\n  File \"x\"", []genconf.KeyError{{Message: `the generator crashed: File "x"`}}},
		{"other programs' messages", "docker: Error response from daemon\nmkdir: cannot create\nUsage: x\n", nil},
		{"nothing", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, genconf.GeneratorErrors([]byte(tt.log))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStripANSI(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                      "plain",
		"\x1b[1;31mred\x1b[0m":       "red",
		"\x1b[2K\x1b[1Gline":         "line",
		"\x1b]0;title\x07text":       "text",
		"\x1b]8;;u\x1b\\link\x1b(B.": "link.",
		"a\r\nb":                     "a\nb",
		"ends in \x1b":               "ends in \x1b",
	} {
		if got := genconf.StripANSI(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
