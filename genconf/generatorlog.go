package genconf

import (
	"regexp"
	"slices"
	"strings"
)

// StripANSI removes terminal escape sequences: colours, cursor movements and titles. It also makes CR LF into LF.
func StripANSI[T ~string | ~[]byte](text T) T {
	escape := regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[ -/]*[0-Z\\^-~])`)
	return T(strings.ReplaceAll(escape.ReplaceAllString(string(text), ""), "\r\n", "\n"))
}

// String is the complaint as the generator writes it.
func (e KeyError) String() string {
	if e.Key == "" {
		return e.Message
	}
	return e.Key + ": " + e.Message
}

// GeneratorErrors reads what dcos_generate_config.sh wrote on both its outputs when it failed: its validation
// messages, one for each key, and, where it crashed instead, the last line of the Python traceback together with the
// line logged just before, which often names the key. It returns nil when it recognises nothing: then show the log's
// last lines.
func GeneratorErrors(log []byte) []KeyError {
	known := keyNames()
	var found []KeyError
	lines := strings.Split(string(StripANSI(log)), "\n")
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "Traceback (most recent call last)") {
			end := tracebackEnd(lines, i)
			found = append(found, crash(lines, i, end, known))
			i = end
			continue
		}
		if e, ok := keyLine(lines[i], known); ok && !slices.Contains(found, e) {
			found = append(found, e)
		}
	}
	return found
}

// keyLine reads "key: message". Programs in the shell part write "docker: message", so a key is a known one, or has
// an underscore.
func keyLine(line string, known []string) (KeyError, bool) {
	k, message, ok := strings.Cut(strings.TrimSpace(line), ": ")
	if !ok || !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(k) {
		return KeyError{}, false
	}
	if !slices.Contains(known, k) && !strings.Contains(k, "_") {
		return KeyError{}, false
	}
	return KeyError{Key: k, Message: strings.TrimSpace(message)}, true
}

// tracebackEnd is the index of the line that names the exception: the first that is not indented.
func tracebackEnd(lines []string, start int) int {
	for i := start + 1; i < len(lines); i++ {
		if lines[i] != "" && !strings.HasPrefix(lines[i], " ") {
			return i
		}
	}
	return len(lines) - 1
}

// crash makes a traceback into one line that a person can act on.
func crash(lines []string, start, end int, known []string) KeyError {
	e := KeyError{Message: "the generator crashed: " + strings.TrimSpace(lines[end])}
	if start == 0 {
		return e
	}
	for w := range strings.FieldsFuncSeq(lines[start-1], func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		if slices.Contains(known, w) {
			e.Key = w
		}
	}
	if e.Key != "" {
		e.Message += " (" + strings.TrimSpace(lines[start-1]) + ")"
	}
	return e
}
