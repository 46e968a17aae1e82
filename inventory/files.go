package inventory

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"dcosup/inventory/vault"
)

// disk reads files by the names that a person used for them.
type disk struct {
	// workDir resolves relative names.
	workDir string
}

// abs returns the absolute path of a name.
func (d disk) abs(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(d.workDir, name)
}

// isDir tells whether the name is that of a directory.
func (d disk) isDir(name string) bool {
	info, err := os.Stat(d.abs(name))
	return err == nil && info.IsDir()
}

// isFile tells whether the name is that of something that can be read as a file.
func (d disk) isFile(name string) bool {
	info, err := os.Stat(d.abs(name))
	return err == nil && !info.IsDir()
}

// exists tells whether there is anything of that name.
func (d disk) exists(name string) bool {
	_, err := os.Stat(d.abs(name))
	return err == nil
}

// list returns the names in a directory, sorted.
func (d disk) list(name string) ([]string, error) {
	entries, err := os.ReadDir(d.abs(name))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// maxFile bounds what is read as an inventory or variable file: 16 MiB is
// some hundred thousand hosts, and no such file is written by hand.
const maxFile = 16 << 20

// read returns the content of a file. What is encrypted is decrypted here, once
// for all kinds of file.
func (p *problems) read(d disk, name string) (string, bool) { return p.readAtMost(d, name, maxFile) }

// readAtMost is read for files of another size.
func (p *problems) readAtMost(d disk, name string, limit int64) (string, bool) {
	info, err := os.Stat(d.abs(name))
	if err == nil && info.Size() > limit {
		p.errorf(Pos{File: name}, "the file has %d bytes, more than the %d that are read", info.Size(), limit)
		return "", false
	}
	data, err := os.ReadFile(d.abs(name))
	if err != nil {
		p.hintf(Pos{File: name}, hintFor(err), "cannot read the file: %v", cause(err))
		return "", false
	}
	content := strings.TrimPrefix(string(data), "\ufeff")
	p.addFile(name, content)
	if vault.IsEncrypted(content) {
		text, err := p.vault.Decrypt([]byte(content))
		if err != nil {
			p.lock(Pos{File: name, Line: 1, Column: 1}, theFile, err)
			return "", false
		}
		content = strings.TrimPrefix(text.Reveal(), "\ufeff")
		p.hide(name)
	}
	if !utf8.ValidString(content) {
		p.hintf(badEncoding(name, content), "save the file as UTF-8", "the file is not UTF-8 text")
		return "", false
	}
	return content, true
}

// badEncoding finds the first character that is not UTF-8.
func badEncoding(name, content string) Pos {
	pos := Pos{File: name, Line: 1, Column: 1}
	for _, r := range content {
		if r == utf8.RuneError {
			return pos
		}
		pos.Column++
		if r == '\n' {
			pos.Line, pos.Column = pos.Line+1, 1
		}
	}
	return pos
}

// cause drops the path that errors of os repeat: the place already says it.
func cause(err error) error {
	if pathErr, ok := err.(*fs.PathError); ok {
		return pathErr.Err
	}
	return err
}

// hintFor says what to do about a file that cannot be read.
func hintFor(err error) string {
	if os.IsPermission(err) {
		return fmt.Sprintf("make it readable for the user that runs dcosup (uid %d)", os.Getuid())
	}
	return ""
}
