package inventory

import (
	"path/filepath"
	"slices"
	"strings"
)

// Find returns what looks like inventories in an Ansible directory, by the names
// that people give them, and the examples that are still to be filled in. All are
// relative to the directory.
func Find(dir string) (inventories, examples []string) {
	d := disk{workDir: dir}
	names, _ := d.list(".") // a directory that cannot be read has none
	for _, name := range names {
		base, ext, _ := strings.Cut(name, ".")
		if base != "hosts" && base != "inventory" && base != "inventories" {
			continue
		}
		switch {
		case strings.Contains(ext, "example") || strings.Contains(ext, "sample"):
			examples = append(examples, name)
		case d.isDir(name) && base == "inventories":
			inventories = append(inventories, d.below(name)...)
		case d.isDir(name) || slices.Contains([]string{"", "yml", "yaml", "ini", "json", "toml", "cfg", "py", "sh"}, ext):
			inventories = append(inventories, name)
		}
	}
	return inventories, examples
}

// below are the inventories in a directory of them: those of environments, mostly.
func (d disk) below(dir string) []string {
	var found []string
	names, _ := d.list(dir)
	for _, name := range names {
		if path := filepath.Join(dir, name); !notInventory.MatchString(name) || strings.HasSuffix(name, ".ini") {
			if hosts := filepath.Join(path, "hosts"); d.isFile(hosts) {
				path = hosts
			}
			found = append(found, path)
		}
	}
	return found
}
