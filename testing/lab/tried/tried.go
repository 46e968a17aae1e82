// Package tried keeps the record of what was seen of requirements on real nodes:
// that a node did not meet one, that its fix mended it, that a node met it. Tests
// on the lab's nodes make the record anew at every run and hold it against the
// file, so that the file, and the page that is made from it, cannot claim what
// no run has seen. It knows neither requirements nor nodes: they are words here.
//
//	seen := &tried.Record{}
//	seen.See("swap", "Debian", tried.Unmet, "no node may have swap of its own")
//	seen.See("swap", "Debian", tried.Met, "")
//	differences, err := seen.Held("testdata/tried.txt", ofThisTest, *update)
//	for _, line := range differences { t.Error(line) }
package tried

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

// Sight is something that was seen of a requirement.
type Sight string

// The sights, in the order in which one row of a test comes to them.
const (
	Unmet Sight = "unmet" // a node did not meet it
	Fixed Sight = "fixed" // its fix ran on such a node, which met it then
	Met   Sight = "met"   // a node met it
)

var sights = []Sight{Unmet, Fixed, Met}

// Row is what was seen of one requirement on nodes of one family.
type Row struct {
	ID, Family string
	// Seen says of each sight whether it was imitated only: something on the
	// node answered in place of what the lab's nodes cannot have.
	Seen map[Sight]bool
	// Reason says what was imitated, and why; "" where nothing was.
	Reason string
}

// Has says whether the sight was seen, be it imitated.
func (r Row) Has(s Sight) bool {
	_, seen := r.Seen[s]
	return seen
}

// Words are the sights in their order, as "unmet, met". Imitated ones have a star.
func (r Row) Words() string { return strings.Join(r.words(), ", ") }

func (r Row) words() []string {
	var words []string
	for _, s := range sights {
		if imitated, seen := r.Seen[s]; seen && imitated {
			words = append(words, string(s)+"*")
		} else if seen {
			words = append(words, string(s))
		}
	}
	return words
}

func (r Row) String() string {
	line := r.ID + " " + r.Family + ": " + strings.Join(r.words(), " ")
	if r.Reason != "" {
		line += " | " + r.Reason
	}
	return line
}

// Record is a set of rows. The zero value is empty. Its methods can be called by
// several tests at once.
type Record struct {
	mu   sync.Mutex
	rows []Row // sorted by id and family
}

// See notes a sight. A reason says that it was imitated, and why; a sight without
// one outweighs it.
func (r *Record) See(id, family string, s Sight, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, there := slices.BinarySearchFunc(r.rows, Row{ID: id, Family: family}, inOrder)
	if !there {
		r.rows = slices.Insert(r.rows, at, Row{ID: id, Family: family, Seen: map[Sight]bool{}})
	}
	row := &r.rows[at]
	if imitated, seen := row.Seen[s]; !seen || imitated {
		row.Seen[s] = reason != ""
	}
	if reason != "" {
		row.Reason = reason
	}
	for _, imitated := range row.Seen {
		if imitated {
			return
		}
	}
	row.Reason = ""
}

func inOrder(a, b Row) int {
	if c := strings.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	return strings.Compare(a.Family, b.Family)
}

// Of returns the rows of one requirement, by family.
func (r *Record) Of(id string) []Row {
	return slices.DeleteFunc(r.all(), func(row Row) bool { return row.ID != id })
}

func (r *Record) all() []Row {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.rows)
}

// Held holds what was seen of the requirements that concern against the file, and says
// where they differ. With update it writes the file instead.
func (r *Record) Held(file string, concern func(id string) bool, update bool) (differences []string, err error) {
	if update {
		return nil, r.Write(file, concern)
	}
	recorded, err := Read(file)
	if err != nil {
		return nil, err
	}
	return r.Differences(recorded, concern), nil
}

// Differences says where the recorded rows of the requirements that concern differ
// from those seen. Nil: they do not.
func (r *Record) Differences(recorded *Record, concern func(id string) bool) []string {
	seen, old := r.of(concern), recorded.of(concern)
	var lines []string
	for _, row := range slices.Concat(seen, old) {
		_, now := slices.BinarySearchFunc(seen, row, inOrder)
		_, then := slices.BinarySearchFunc(old, row, inOrder)
		switch {
		case now && !then:
			lines = append(lines, "not in the record: "+row.String())
		case then && !now:
			lines = append(lines, "in the record, but not seen: "+row.String())
		}
	}
	for _, row := range seen {
		if at, then := slices.BinarySearchFunc(old, row, inOrder); then && old[at].String() != row.String() {
			lines = append(lines, "seen: "+row.String()+"; in the record: "+old[at].String())
		}
	}
	return lines
}

func (r *Record) of(concern func(id string) bool) []Row {
	return slices.DeleteFunc(r.all(), func(row Row) bool { return !concern(row.ID) })
}

const head = `# What was seen of each requirement on real nodes. Tests on the lab's nodes write this file with -update, and fail
# when it differs from what they see. A star: imitated, for the reason at the end of the line.
`

// Write replaces the rows of the requirements that concern in the file by those
// seen, and keeps the others. A file that is not there is made.
func (r *Record) Write(file string, concern func(id string) bool) error {
	old, err := Read(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	rows := r.of(concern)
	if old != nil {
		rows = append(rows, old.of(func(id string) bool { return !concern(id) })...)
	}
	slices.SortFunc(rows, inOrder)
	var b bytes.Buffer
	b.WriteString(head)
	for _, row := range rows {
		fmt.Fprintln(&b, row)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// Read reads a file that Write wrote. The error names the file, and the line that
// cannot be read.
func Read(file string) (*Record, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	record := &Record{}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := record.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, number, err)
		}
	}
	return record, nil
}

func (r *Record) line(line string) error {
	line, reason, _ := strings.Cut(line, " | ")
	key, words, found := strings.Cut(line, ": ")
	id, family, two := strings.Cut(key, " ")
	if !found || !two {
		return errors.New("want ID FAMILY: SIGHTS")
	}
	for _, word := range strings.Fields(words) {
		name, imitated := strings.CutSuffix(word, "*")
		switch {
		case !slices.Contains(sights, Sight(name)):
			return fmt.Errorf("%q is none of %v", name, sights)
		case imitated && reason == "":
			return fmt.Errorf("%s is imitated, and there is no reason", name)
		case imitated:
			r.See(id, family, Sight(name), reason)
		default:
			r.See(id, family, Sight(name), "")
		}
	}
	return nil
}
