package genconf

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
)

// File is a file of genconf/.
type File struct {
	Name    string // below genconf/, with slashes
	Mode    fs.FileMode
	Content []byte
}

// Files is what belongs into genconf/ beside the installer.
type Files struct {
	// Config is config.yaml with its keys in alphabetical order.
	Config []byte
	// Scripts are the detection scripts that there are: ip-detect, ip-detect-public, ip6-detect and
	// fault-domain-detect, in this order. Each can be tried on a node and its answer judged, see [Script.Check].
	Scripts []Script
	// Extra are the person's other files: a license, certificates, programs for checks.
	Extra []File
	// OpenFaultDomains says that fault domains are to be detected, and that nobody can tell how before the nodes have
	// been asked where they run.
	OpenFaultDomains bool
	// Derived names the keys of Config that the person did not write, sorted.
	Derived []string
	// Secret is that of the Input: it is heeded wherever values are shown.
	Secret [][]string
}

// configFile is the name of what Files.Config becomes.
const configFile = "config.yaml"

// Modes of what is written here. Only root can enter genconf/; what is packed for the nodes keeps its mode.
const (
	configMode fs.FileMode = 0o600 // it can hold secrets
	scriptMode fs.FileMode = 0o755
)

// List is all that belongs into genconf/, sorted by name: what is there and not in the list must go.
func (f Files) List() []File {
	list := []File{{Name: configFile, Mode: configMode, Content: f.Config}}
	for _, s := range f.Scripts {
		list = append(list, File{Name: s.Name, Mode: scriptMode, Content: s.Content})
	}
	list = append(list, f.Extra...)
	slices.SortFunc(list, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Script returns the detection script of that name.
func (f Files) Script(name string) (Script, bool) {
	i := slices.IndexFunc(f.Scripts, func(s Script) bool { return s.Name == name })
	if i < 0 {
		return Script{}, false
	}
	return f.Scripts[i], true
}

// Key identifies the content of all files: 64 hex digits of a SHA-256. Equal keys mean that the generator would make
// the same cluster configuration from them, given the same release.
func (f Files) Key() string {
	sum := sha256.New()
	for _, file := range f.List() {
		// The length stands before each part, so that no byte can move from one file to the next.
		fmt.Fprintf(sum, "%d %s %o %d\n", len(file.Name), file.Name, file.Mode, len(file.Content))
		sum.Write(file.Content)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
