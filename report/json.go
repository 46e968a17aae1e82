package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"dcosup/installer"
)

// NewJSON returns a sink that writes each event as one line of JSON: the
// fields of installer.Event under their JSON names. Reading a line back gives
// the event that was told.
func NewJSON(w io.Writer) Sink { return &jsonLines{out: &writer{w: w}} }

type jsonLines struct{ out *writer }

func (j *jsonLines) Event(e installer.Event) {
	line, err := encode(e)
	if err != nil {
		if j.out.err == nil {
			j.out.err = err
		}
		return
	}
	j.out.print(line)
}

func (j *jsonLines) Close() error { return j.out.err }

func encode(e installer.Event) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return "", fmt.Errorf("write event %s as JSON: %w", e.Type, err)
	}
	return escapeControls(b.String()), nil
}

// escapeControls writes the control characters that JSON allows as they are,
// U+007F to U+009F, as escapes: a terminal would obey some of them. They can
// stand in JSON only within strings, so the value stays the same.
func escapeControls(line string) string {
	var b bytes.Buffer
	from := 0
	for i, r := range line {
		if r < 0x7f || r > 0x9f {
			continue
		}
		b.WriteString(line[from:i])
		fmt.Fprintf(&b, "\\u%04x", r)
		from = i + len(string(r))
	}
	if from == 0 {
		return line
	}
	b.WriteString(line[from:])
	return b.String()
}
