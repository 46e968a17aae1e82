package lab

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// writeInventory builds the release and writes the inventory that names it.
func (l *Lab) writeInventory(ctx context.Context) error {
	if err := writeFile(l.InventoryPath(), l.renderHosts(), 0o600); err != nil {
		return err
	}
	return l.writeGroupVars(ctx)
}

// writeGroupVars builds the release and writes the settings that name it.
func (l *Lab) writeGroupVars(ctx context.Context) error {
	checksum := ""
	if l.opts.ReleaseBytes > 0 {
		var err error
		if checksum, err = l.buildRelease(ctx); err != nil {
			return err
		}
	}
	resolv, _ := os.ReadFile("/etc/resolv.conf") // unreadable is as good as empty: see resolvers
	vars, err := renderVars(l.ReleasePath(), checksum, resolvers(string(resolv)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(l.dir, "group_vars"), 0o700); err != nil {
		return fmt.Errorf("making group_vars: %w", err)
	}
	return writeFile(filepath.Join(l.dir, "group_vars", "all.yml"), vars, 0o600)
}

// renderHosts renders the inventory in the workshop's form.
func (l *Lab) renderHosts() []byte {
	var b bytes.Buffer
	for _, g := range groups {
		fmt.Fprintf(&b, "[%s]\n", g)
		for _, n := range l.nodes {
			if n.place.Group == g {
				fmt.Fprintf(&b, "%s ansible_host=%s\n", n.place.Name, n.place.Address)
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString("[dcos-cluster:children]\n")
	for _, g := range groups {
		fmt.Fprintln(&b, g)
	}
	fmt.Fprintf(&b, "\n[all:vars]\nansible_user=%s\nansible_ssh_private_key_file=%s\nansible_ssh_common_args='-o UserKnownHostsFile=%s'\n",
		User, l.KeyPath(), l.KnownHostsPath())
	return b.Bytes()
}

// dcosVars is the variable "dcos" of the lab's inventory.
type dcosVars struct {
	Download string     `yaml:"download"`
	Checksum string     `yaml:"download_checksum,omitempty"`
	Version  string     `yaml:"version"`
	SELinux  string     `yaml:"selinux_mode"`
	Config   dcosConfig `yaml:"config"`
}

// dcosConfig is what the lab sets in DC/OS's config.yaml.
type dcosConfig struct {
	ClusterName  string   `yaml:"cluster_name"`
	Resolvers    []string `yaml:"resolvers"`
	OAuthEnabled bool     `yaml:"oauth_enabled"`
	CheckTime    bool     `yaml:"check_time"`
}

// releaseVersion is the DC/OS version of the stand-in release.
const releaseVersion = "2.1.0"

func renderVars(download, checksum string, resolvers []string) ([]byte, error) {
	if checksum != "" {
		checksum = "sha256:" + checksum
	}
	body, err := yaml.Marshal(map[string]dcosVars{"dcos": {
		Download: download,
		Checksum: checksum,
		Version:  releaseVersion,
		SELinux:  "permissive",
		Config:   dcosConfig{ClusterName: DefaultName, Resolvers: resolvers},
	}})
	if err != nil {
		return nil, fmt.Errorf("encoding the lab's settings: %w", err)
	}
	const head = `# Written by the lab. The release is a stand-in, not DC/OS.
# check_time is off because DC/OS asks the kernel's clock, which is the machine's:
# the nodes follow the lab's time source without setting it.
`
	return append([]byte(head), body...), nil
}

// resolvers returns the name servers of a resolv.conf that nodes can reach too.
// Where there is none it is what DC/OS itself defaults to.
func resolvers(resolv string) []string {
	var list []string
	for line := range strings.Lines(resolv) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(fields[1]); err == nil && a.Is4() && !a.IsLoopback() {
			list = append(list, a.String())
		}
	}
	if len(list) == 0 {
		return []string{"8.8.8.8", "8.8.4.4"}
	}
	return list
}
