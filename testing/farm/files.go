package farm

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Clients are the files by which clients know the nodes.
type Clients struct{ dir, user, key string }

// Key is the private key that every node lets in.
func (c Clients) Key() string { return c.key }

// KnownHosts has the nodes' host keys.
func (c Clients) KnownHosts() string { return filepath.Join(c.dir, "known_hosts") }

// Inventory is read by Ansible and by dcosup. Its hosts are in the group nodes, and have the variables node and
// node_root, as sshd's NODE and NODE_ROOT, and private_ip, an address that no other node has.
func (c Clients) Inventory() string { return filepath.Join(c.dir, "hosts") }

// SSHConfig is for ssh -F, which then knows the nodes by their names.
func (c Clients) SSHConfig() string { return filepath.Join(c.dir, "ssh_config") }

// Names has the nodes' names, one a line.
func (c Clients) Names() string { return filepath.Join(c.dir, "names") }

// layOut makes the nodes' directories and all keys.
func (f *Farm) layOut(count int) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	if err := makeKey(f.Key()); err != nil {
		return err
	}
	for i := range count {
		n := Node{Name: fmt.Sprintf("n%03d", i+1), Port: port}
		n.dir = filepath.Join(f.dir, n.Name)
		n.Root = filepath.Join(n.dir, "root")
		for _, dir := range []string{n.Root, n.home()} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
		if err := makeKey(n.hostKey()); err != nil {
			return err
		}
		if err := copyFile(f.Key()+".pub", filepath.Join(n.dir, "authorized_keys")); err != nil {
			return err
		}
		f.Nodes = append(f.Nodes, n)
	}
	return nil
}

func (n Node) hostKey() string { return filepath.Join(n.dir, "host_ed25519") }
func (n Node) home() string    { return filepath.Join(n.dir, "home") }

// configure writes the node's sshd_config. Limits and algorithms are sshd's own. StrictModes would refuse keys below a
// directory that others may write to, such as /tmp. What programs keep in their user's home directory, and what shells
// read from there, is the node's, not this machine's.
func (f *Farm) configure(n *Node) error {
	text := fmt.Sprintf(`ListenAddress %s
Port %d
HostKey %s
AuthorizedKeysFile %s
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
SetEnv NODE=%s NODE_ROOT=%s HOME=%s
`, n.Address, n.Port, n.hostKey(), filepath.Join(n.dir, "authorized_keys"), n.Name, n.Root, n.home())
	return os.WriteFile(filepath.Join(n.dir, "sshd_config"), []byte(text), 0o600)
}

// place is where clients reach a node.
type place struct {
	address string
	port    int
}

// describe writes the files for nodes that are reached at these places.
func (c Clients) describe(nodes []Node, at []place) error {
	var known, names, config, hosts strings.Builder
	hosts.WriteString("[nodes]\n")
	for i, n := range nodes {
		key, err := os.ReadFile(n.hostKey() + ".pub")
		if err != nil {
			return err
		}
		fmt.Fprintf(&known, "[%s]:%d %s", at[i].address, at[i].port, key)
		fmt.Fprintln(&names, n.Name)
		fmt.Fprintf(&config, "Host %s\n  HostName %s\n  Port %d\n", n.Name, at[i].address, at[i].port)
		fmt.Fprintf(&hosts, "%s ansible_host=%s ansible_port=%d private_ip=%s node=%s node_root=%s\n",
			n.Name, at[i].address, at[i].port, n.Address, n.Name, n.Root)
	}
	fmt.Fprintf(&config, `Host *
  User %s
  IdentityFile %s
  IdentitiesOnly yes
  UserKnownHostsFile %s
  StrictHostKeyChecking yes
  BatchMode yes
`, c.user, c.key, c.KnownHosts())
	fmt.Fprintf(&hosts, `
[all:vars]
ansible_user=%s
ansible_ssh_private_key_file=%s
ansible_ssh_common_args='-o UserKnownHostsFile=%s -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes'
ansible_python_interpreter=/usr/bin/python3
`, c.user, c.key, c.KnownHosts())
	for path, text := range map[string]string{
		c.KnownHosts(): known.String(), c.Names(): names.String(), c.SSHConfig(): config.String(), c.Inventory(): hosts.String(),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// makeKey writes an Ed25519 key as ssh-keygen does, without a passphrase.
func makeKey(path string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, "farm")
	if err != nil {
		return err
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	return os.WriteFile(path+".pub", ssh.MarshalAuthorizedKey(line), 0o644)
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// Addr is where the node listens, as net.Dial wants it.
func (n Node) Addr() string { return net.JoinHostPort(n.Address, strconv.Itoa(n.Port)) }
