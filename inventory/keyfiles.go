package inventory

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/crypto/ssh"
)

// CheckKeyFiles judges the key files of the selected nodes on this machine:
// missing, unreadable, or open to others, which OpenSSH refuses too. Each file
// is reported once. Its error is like that of Inventory.Cluster.
func CheckKeyFiles(c *Cluster) error {
	p := c.problems.fork()
	seen := map[string]bool{}
	for _, n := range c.Nodes {
		if !n.Selected || n.SSH.Local {
			continue
		}
		for _, path := range n.SSH.KeyFiles {
			if !seen[path] {
				seen[path] = true
				p.checkKeyFile(path, n.SSH.keyPos)
			}
		}
	}
	return p.err()
}

// checkKeyFile judges one key file, which is named at pos.
func (p *problems) checkKeyFile(path string, pos Pos) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.hintf(pos, "give the path of the private key by --private-key or ansible_ssh_private_key_file", "the key file %s does not exist", path)
		return
	case err != nil:
		p.hintf(pos, hintFor(err), "the key file %s cannot be read: %v", path, cause(err))
		return
	}
	// Nothing has been written, so that closing cannot lose anything.
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		p.errorf(pos, "the key file %s cannot be read: %v", path, cause(err))
	case info.IsDir():
		p.hintf(pos, "name the file of the private key in it", "the key file %s is a directory", path)
	case info.Mode().Perm()&0o077 != 0:
		p.hintf(pos, "chmod 600 "+path, "the key file %s is open to others (mode %04o)", path, info.Mode().Perm())
	case !isKey(f):
		p.hintf(pos, "name the private key, not the public one; ssh-keygen -y -f FILE tells whether it is one", "the key file %s holds no private key", path)
	}
}

// maxKeyFile bounds what is read of a key file; the largest RSA keys in use
// take 13 KB.
const maxKeyFile = 1 << 20

// isKey tells whether a file holds a private key. One with a passphrase does:
// an agent can have it.
func isKey(f io.Reader) bool {
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return false
	}
	_, err = ssh.ParseRawPrivateKey(text)
	var locked *ssh.PassphraseMissingError
	return err == nil || errors.As(err, &locked)
}
