package genconf

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// generatorText turns a value into the text that the generator works on: text as it is, true and false as words,
// whole numbers in decimal, lists and mappings as JSON. What it crashes on is a problem.
func generatorText(v any) (string, *problem) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil:
		return "", &problem{message: "has no value, on which the generator crashes", hint: "give it a value or remove the key"}
	case float32, float64:
		text := scalarText(v)
		return "", &problem{message: fmt.Sprintf("is the number %s, on which the generator crashes", text),
			hint: fmt.Sprintf("put it in quotes: '%s'", text)}
	case time.Time:
		return "", &problem{message: "is a date, on which the generator crashes", hint: "put it in quotes"}
	}
	if text := scalarText(v); text != "" {
		return text, nil
	}
	var b strings.Builder
	if c := dumpJSON(&b, v, nil); c != nil {
		return "", &problem{at: c.at, message: c.why + ", on which the generator crashes", hint: "put it in quotes"}
	}
	return b.String(), nil
}

// wholeNumber writes any of Go's integers in decimal.
func wholeNumber(v any) (string, bool) {
	switch v.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	}
	return "", false
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
