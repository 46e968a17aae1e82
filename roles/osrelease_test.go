package roles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What distributions say of themselves, by which Docker's repository is found.
func TestProbeReadsOSRelease(t *testing.T) {
	tests := []struct {
		name, text string
		want       OS
	}{
		{"Debian 9, without a codename of its own", "ID=debian\nVERSION_ID=\"9\"\nVERSION=\"9 (stretch)\"\n", OS{ID: "debian", Version: "9", Codename: "stretch", Family: FamilyDebian}},
		{"Ubuntu", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"18.04\"\nVERSION=\"18.04.6 LTS (Bionic Beaver)\"\nVERSION_CODENAME=bionic\nUBUNTU_CODENAME=bionic\n",
			OS{ID: "ubuntu", Version: "18.04", Like: "debian", Codename: "bionic", Origin: "bionic", Family: FamilyDebian}},
		{"Linux Mint of Debian", "ID=linuxmint\nID_LIKE=debian\nVERSION_ID=\"6\"\nVERSION_CODENAME=faye\nDEBIAN_CODENAME='bookworm'\n",
			OS{ID: "linuxmint", Version: "6", Like: "debian", Codename: "faye", Origin: "bookworm", Family: FamilyDebian}},
		{"Rocky", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.9\"\nVERSION=\"8.9 (Green Obsidian)\"\n",
			OS{ID: "rocky", Version: "8.9", Like: "rhel centos fedora", Codename: "Green Obsidian", Family: FamilyRedHat}},
		{"one that says little", "ID=other\n", OS{ID: "other", Family: FamilyOther}},
	}
	eachShell(t, func(t *testing.T, shell []string) {
		for _, test := range tests {
			file := filepath.Join(t.TempDir(), "os-release")
			if err := os.WriteFile(file, []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			script := strings.Replace(ProbeScript(), "in /etc/os-release /usr/lib/os-release;", "in "+file+";", 1)
			out, errs, _ := sh(t, shell, script)
			facts, err := ParseFacts([]byte(out))
			if err != nil || errs != "" {
				t.Fatalf("%v, stderr %q\n%s", err, errs, out)
			}
			if diff := cmp.Diff(test.want, facts.OS, cmpopts.IgnoreFields(OS{}, "Manager")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		}
	})
}
