package genconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// generatorText turns a value into the text that the generator works on: text as it is, true and false as words,
// whole numbers in decimal, lists and mappings as JSON. What the generator crashes on comes back as a finding's
// message and hint.
func generatorText(v any) (text, message, hint string) {
	switch v := v.(type) {
	case string:
		return v, "", ""
	case bool:
		return strconv.FormatBool(v), "", ""
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), "", ""
	case nil:
		return "", "has no value, on which the generator crashes", "give it a value or remove the key"
	case float32, float64:
		return "", fmt.Sprintf("is the number %v, on which the generator crashes", v), fmt.Sprintf("put it in quotes: '%v'", v)
	case time.Time:
		return "", "is a date, on which the generator crashes", "put it in quotes"
	}
	plain, err := jsonable(v)
	if err != nil {
		return "", err.Error() + ", on which the generator crashes", "put it in quotes"
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain); err != nil {
		return "", fmt.Sprintf("is a %T, which the generator does not know", v), "use text, a whole number, true, false, a list or a mapping"
	}
	return strings.TrimSpace(buf.String()), "", ""
}

// jsonable makes mappings with keys that are not text, which YAML allows, into such with text keys, as Python's JSON
// does, and refuses dates, which JSON has not.
func jsonable(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return nil, fmt.Errorf("contains the date %s", v.Format(time.DateOnly))
	case []any:
		out := make([]any, len(v))
		for i := range v {
			item, err := jsonable(v[i])
			if err != nil {
				return nil, err
			}
			out[i] = item
		}
		return out, nil
	case map[any]any:
		text := make(map[string]any, len(v))
		for k, item := range v {
			text[fmt.Sprint(k)] = item
		}
		return jsonable(text)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			item, err := jsonable(v[k])
			if err != nil {
				return nil, err
			}
			out[k] = item
		}
		return out, nil
	}
	return v, nil
}

// formError is a decoding error in the person's terms: the field, and what was found there.
func formError(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s cannot be a %s", kind.Field, kind.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// releaseLine makes "2.1.3" into 201 and "1.13" into 113, so that lines compare as numbers; 0 when it is no version.
func releaseLine(version string) int {
	major, rest, ok := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	minor, _, _ = strings.Cut(minor, "-")
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	if !ok || err1 != nil || err2 != nil || b > 99 {
		return 0
	}
	return a*100 + b
}

// lineName is releaseLine's inverse.
func lineName(line int) string { return fmt.Sprintf("%d.%d", line/100, line%100) }

// nearest is the candidate that a mistyped name most likely meant, or "": at most one slip in three letters, and no
// more than three.
func nearest(name string, candidates []string) string {
	best, limit := "", min(3, len(name)/3)
	for _, c := range candidates {
		if d := editDistance(name, c); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// editDistance counts the letters to insert, remove, change or swap with their neighbour.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
