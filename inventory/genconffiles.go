package inventory

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"dcosup/inventory/vault"
	"dcosup/secret"
)

// GenconfFile is a file that the person put into genconf/ beside the inventory,
// to lie in genconf/ on the bootstrap node as it is.
type GenconfFile struct {
	// Name is its path below genconf/, with slashes.
	Name string
	// Executable tells that its owner may run it.
	Executable bool
	// Content can be a license or a private key.
	Content secret.Text
	// Pos is the file itself.
	Pos Pos
}

const (
	genconfDir = "genconf"
	// checkBins is the one directory that the generator takes below genconf/: of
	// programs for checks.
	checkBins = "check_bins"
	// maxGenconf bounds all files together, since they are held in memory and sent
	// to the bootstrap node: some programs for checks, each of a few MiB, and
	// small texts.
	maxGenconf = 64 << 20
)

var (
	// backup matches what editors and people leave behind, besides hidden files.
	backup = regexp.MustCompile(`^\.|^#.*#$|~$|\.(?:bak|orig|rej|swp|swo|tmp|old|rpmsave|rpmnew|dpkg-old|dpkg-dist)$`)
	// portableName matches the names that can be had everywhere without quotes.
	portableName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+@-]*$`)
)

// genconfFiles reads genconf/ beside each source of the inventory.
func (b *clusterBuilder) genconfFiles() {
	g := genconfReader{clusterBuilder: b, seen: map[string]Pos{}, left: maxGenconf}
	done := map[string]bool{}
	for _, dir := range b.inv.sourceDirs() {
		dir = filepath.Join(dir, genconfDir)
		if abs := b.inv.disk.abs(dir); !done[abs] && b.inv.disk.isDir(dir) {
			done[abs] = true
			g.read(dir)
		}
	}
	slices.SortFunc(b.c.GenconfFiles, func(a, b GenconfFile) int { return strings.Compare(a.Name, b.Name) })
}

// genconfReader reads directories named genconf.
type genconfReader struct {
	*clusterBuilder
	dir  string   // as the person wrote it
	root *os.Root // nothing outside of dir can be opened by it
	seen map[string]Pos
	left int64 // bytes that may still be read
}

func (g *genconfReader) read(dir string) {
	root, err := os.OpenRoot(g.inv.disk.abs(dir))
	if err != nil {
		g.hintf(Pos{File: dir}, hintFor(err), "cannot read the directory: %v", cause(err))
		return
	}
	// Nothing is written, so that closing cannot lose anything.
	defer func() { _ = root.Close() }()
	g.dir, g.root = dir, root
	g.list(".")
}

// list reads the files of a directory below genconf/: of genconf/ itself, or of check_bins/.
func (g *genconfReader) list(dir string) {
	entries, err := fs.ReadDir(g.root.FS(), dir)
	if err != nil {
		pos := Pos{File: filepath.Join(g.dir, dir)}
		g.hintf(pos, hintFor(err), "cannot read the directory: %v", cause(err))
		return
	}
	for _, e := range entries {
		if !backup.MatchString(e.Name()) {
			g.entry(path.Join(dir, e.Name()))
		}
	}
}

// entry reads one thing below genconf/.
func (g *genconfReader) entry(name string) {
	pos := Pos{File: filepath.Join(g.dir, filepath.FromSlash(name))}
	info, err := g.root.Stat(name)
	switch {
	case err != nil:
		g.unreadable(name, pos, err)
	case !portableName.MatchString(path.Base(name)):
		g.hintf(pos, "rename it, with letters, digits and . _ + @ - only", "the file's name would need quotes on the bootstrap node")
	case name == "config.yaml" || name == "config.yml":
		g.hintf(pos, "write what is in it below dcos: config: in group_vars/all.yml, and remove the file", "config.yaml is made from the inventory; this one would not be read")
	case info.IsDir() && name == checkBins:
		g.list(name)
	case info.IsDir() && strings.HasPrefix(name, checkBins+"/"):
		g.hintf(pos, "move its files to "+checkBins+"/ itself", "DC/OS's generator takes no directories in %s", checkBins)
	case info.IsDir():
		g.hintf(pos, "leave files in genconf/ only, and programs for checks in genconf/"+checkBins, "a directory in genconf/ would not be read")
	case name == checkBins:
		g.hintf(pos, "make it a directory of programs", "%s must be a directory", checkBins)
	case !info.Mode().IsRegular():
		g.hintf(pos, "leave files only in genconf/", "it is no file")
	default:
		g.file(name, pos, info)
	}
}

// unreadable says why there is something that cannot be opened.
func (g *genconfReader) unreadable(name string, pos Pos, err error) {
	link, _ := g.root.Lstat(name)
	_, outside := os.Stat(g.inv.disk.abs(pos.File))
	switch {
	case link == nil || link.Mode()&fs.ModeSymlink == 0:
		g.hintf(pos, hintFor(err), "cannot read the file: %v", cause(err))
	case errors.Is(outside, fs.ErrNotExist):
		g.hintf(pos, "correct the link, or remove it", "the link leads nowhere")
	case outside != nil:
		g.hintf(pos, "correct the link, or remove it", "the link cannot be followed: %v", cause(outside))
	default:
		g.hintf(pos, "put a copy of the file there", "the link leads out of %s, and is not followed", g.dir)
	}
}

func (g *genconfReader) file(name string, pos Pos, info fs.FileInfo) {
	if first, double := g.seen[name]; double {
		g.hintf(pos, "leave one of them", "there is a genconf/%s already, %s", name, first)
		return
	}
	g.seen[name] = pos
	if g.left -= info.Size(); g.left < 0 {
		g.hintf(pos, "leave what DC/OS's generator reads", "with this file there are more than %d MiB in genconf/", maxGenconf>>20)
		g.left = maxGenconf // said, and not again for every file that follows
		return
	}
	content, err := g.root.ReadFile(name)
	if err != nil {
		g.unreadable(name, pos, err)
		return
	}
	f := GenconfFile{Name: name, Executable: info.Mode()&0o100 != 0, Content: secret.Text(content), Pos: pos}
	if vault.IsEncrypted(f.Content.Reveal()) {
		if f.Content, err = g.vault.Decrypt(content); err != nil {
			g.lock(pos, theFile, err)
			return
		}
	}
	g.c.GenconfFiles = append(g.c.GenconfFiles, f)
}
