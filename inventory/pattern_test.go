package inventory_test

import (
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// matchHosts is the inventory that the patterns are for.
const matchHosts = `lone
[web]
web[1:4].example.com
[db]
db1
db2
web1.example.com
[eu:children]
db
[odd]
2001:db8::1
`

// patterns are what to select, and who that is.
var patterns = []struct{ pattern, want string }{
	{"all", "lone web1 web2 web3 web4 2001:db8::1 db1 db2"},
	{"*", "lone web1 web2 web3 web4 2001:db8::1 db1 db2"},
	{"lone", "lone"},
	{"db", "db1 db2 web1"},
	{"eu", "db1 db2 web1"},
	{"web,db1", "web1 web2 web3 web4 db1"},
	{"db1:web", "db1 web1 web2 web3 web4"},
	{"web:&db", "web1"},
	{"web,!db", "web2 web3 web4"},
	{"!web", "lone 2001:db8::1 db1 db2"},
	{"&db,web", "web1"},
	{"!web*,&eu,all", "db1 db2"},
	{"web?.example.com", "web1 web2 web3 web4"},
	{"web[23].example.com", "web2 web3"},
	{"web[!23].example.com", "web1 web4"},
	{"db*", "db1 db2 web1"},
	{"~web[12]", "web1 web2"},
	{"~(db|lone).*", "db1 db2 web1 lone"},
	{"web[0]", "web1"},
	{"web[-1]", "web4"},
	{"web[1:2]", "web2 web3"},
	{"web[2:]", "web3 web4"},
	{"db[1],lone", "db2 lone"},
	{"2001:db8::1", "2001:db8::1"},
	{" db1 , lone ", "db1 lone"},
	{"ungrouped", "lone"},
	{"web[0:2]", "web1 web2 web3"},
	{"web[0:9]", "web1 web2 web3 web4"},
	{"web[-4]", "web1"},
	{"db*[0]", "db1"},
	{"all[0:1]", "lone web1"},
	{"~db[12]$:lone", "db1 db2 lone"},
	{"all:!web:&eu", "db1 db2"},
	{"web,&eu,!db1", "web1"},
	{"!lone:!web", "2001:db8::1 db1 db2"},
	{"lone,lone,all", "lone web1 web2 web3 web4 2001:db8::1 db1 db2"},
	{"web:db:odd", "web1 web2 web3 web4 db1 db2 2001:db8::1"},
	{"[dl]*", "db1 db2 web1 lone"},
	{"db[!1]", "db2"},
	{"web1.example.com:db2", "web1 db2"},
}

func short(names []string) string {
	return strings.ReplaceAll(strings.Join(names, " "), ".example.com", "")
}

func TestMatch(t *testing.T) {
	inv, err := load(t, map[string]string{"hosts": matchHosts}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range patterns {
		t.Run(tt.pattern, func(t *testing.T) {
			hosts, err := inv.Match(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range hosts {
				got = append(got, h.Name)
			}
			if diff := cmp.Diff(tt.want, short(got)); diff != "" {
				t.Errorf("hosts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMatchRefuses(t *testing.T) {
	inv, err := load(t, map[string]string{"hosts": "[web]\na\n"}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ pattern, want string }{
		{"wbe", `no host and no group matches "wbe"`},
		{"all,!wbe", `no host and no group matches "wbe"`},
		{"~(", `"~(" is no pattern`},
		{"web[5]", `"web[5]" selects no host`},
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			_, err := inv.Match(tt.pattern)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

// limits are values of -l beside a file.
var limits = []struct{ limit, file, want string }{
	{"@file", "db1\nlone\n", "lone db1"},
	{"@file,!db1", "db\n\n", "web1 db2"},
	{"web:&@file", "eu\n", ""},
	{"@file", "web\n!db\n", "web2 web3 web4"},
	{"odd:@file", "  db1  \r\n", "2001:db8::1 db1"},
}

func TestLimitFiles(t *testing.T) {
	for _, tt := range limits {
		inv, err := load(t, map[string]string{"hosts": matchHosts, "file": tt.file}, inventory.Options{Limit: tt.limit})
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s: no error", tt.limit)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.limit, err)
			continue
		}
		var got []string
		for _, h := range inv.Hosts() {
			if inv.Selected(h) {
				got = append(got, h.Name)
			}
		}
		if diff := cmp.Diff(tt.want, short(got)); diff != "" {
			t.Errorf("%s of %q (-want +got):\n%s", tt.limit, tt.file, diff)
		}
	}
}
