package sshconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// directive is one line that counts.
type directive struct {
	key  string // in lower case
	name string // as it is written
	args []string
	rest string // all after the keyword, as it is written: what commands are made of
	file string
	line int
	// included are the files that an Include names. They are read where the line stands, under its conditions.
	included [][]directive
}

func (d directive) errorf(format string, args ...any) error {
	return &Error{File: d.file, Line: d.line, Message: fmt.Sprintf(format, args...)}
}

// maxDepth is how deep files may include files, as in ssh; maxIncludes how often, and maxBytes bounds one file. They
// only end what would not end.
const (
	maxDepth    = 16
	maxIncludes = 1000
	maxBytes    = 1 << 20
)

// reader reads files with all that they include.
type reader struct {
	Sources
	depth, count int
	errs         []error
}

// file reads one. A file of the user's own that others can change is refused, as ssh does.
func (r *reader) file(path string, own bool) []directive {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && len(text) > maxBytes:
		err = fmt.Errorf("it has %d bytes, more than a configuration can need", len(text))
	}
	if own && err == nil {
		err = onlyOurs(path)
	}
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		r.errs = append(r.errs, &Error{File: path, Message: err.Error()})
		return nil
	}
	return r.parse(path, string(text), own)
}

// onlyOurs refuses a file that somebody else owns or may write.
func onlyOurs(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && st.Uid != 0 && int(st.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write it (mode %04o), so ssh does not trust it: chmod go-w %s", info.Mode().Perm(), path)
	}
	return nil
}

func (r *reader) parse(path, text string, own bool) []directive {
	var all []directive
	number := 0
	for line := range strings.Lines(text) {
		number++
		d, ok, err := parseLine(line)
		d.file, d.line = path, number
		if err != nil {
			r.errs = append(r.errs, d.errorf("%v", err))
			continue
		}
		if !ok {
			continue
		}
		if d.key == "include" {
			d.included = r.include(d, own)
		}
		all = append(all, d)
	}
	return all
}

// include reads what an Include names: globs, relative to the directory of the configuration.
func (r *reader) include(d directive, own bool) (files [][]directive) {
	if len(d.args) == 0 {
		r.errs = append(r.errs, d.errorf("no argument after keyword %q", d.key))
	}
	if r.count++; r.depth >= maxDepth || r.count > maxIncludes {
		r.errs = append(r.errs, d.errorf("too many files include each other"))
		return nil
	}
	r.depth++
	defer func() { r.depth-- }()
	for _, pattern := range d.args {
		pattern = r.tilde(pattern)
		if !filepath.IsAbs(pattern) {
			dir := "/etc/ssh"
			if own {
				dir = filepath.Join(r.Home, ".ssh")
			}
			pattern = filepath.Join(dir, pattern)
		}
		matches, _ := filepath.Glob(pattern)
		slices.Sort(matches)
		for _, path := range matches {
			files = append(files, r.file(path, own))
		}
	}
	return files
}

// tilde replaces a leading ~ by the home directory.
func (s Sources) tilde(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(s.Home, rest)
	}
	return path
}

// parseLine reads a keyword and its arguments. ok is false for a line that says nothing.
func parseLine(line string) (d directive, ok bool, err error) {
	const blank = " \t\r\n\f"
	line = strings.Trim(line, blank)
	if line == "" || line[0] == '#' {
		return d, false, nil
	}
	end := strings.IndexAny(line, blank+"=\"")
	if end < 0 {
		end = len(line)
	}
	d.name, d.rest = line[:end], strings.TrimLeft(line[end:], blank)
	if rest, cut := strings.CutPrefix(d.rest, "="); cut {
		d.rest = strings.TrimLeft(rest, blank)
	}
	d.key = strings.ToLower(d.name)
	if slices.Contains(rawKeys, d.key) {
		return d, true, nil
	}
	d.args, err = words(d.rest)
	return d, true, err
}

// rawKeys are the keywords whose argument is the rest of the line, quotes, # and all: commands.
var rawKeys = []string{"proxycommand", "proxyjump", "localcommand", "remotecommand"}

var errQuotes = errors.New("invalid quotes")

// words splits arguments as ssh does: by blanks, with quotes of either kind, a backslash before a quote, a backslash or
// a blank, and a # that begins a word begins a comment.
func words(text string) (all []string, err error) {
	for i := 0; i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		if text[i] == '#' {
			break
		}
		var word strings.Builder
		quote := byte(0)
		for ; i < len(text); i++ {
			c := text[i]
			switch {
			case c == '\\' && i+1 < len(text) && (strings.IndexByte(`'"\`, text[i+1]) >= 0 || quote == 0 && text[i+1] == ' '):
				i++
				word.WriteByte(text[i])
			case quote == 0 && (c == ' ' || c == '\t'):
				goto ended
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote && quote != 0:
				quote = 0
			default:
				word.WriteByte(c)
			}
		}
		if quote != 0 {
			return nil, errQuotes
		}
	ended:
		all = append(all, word.String())
	}
	return all, nil
}
