package inventory

import "strings"

// Suggest returns the one of known that name was probably meant to be, or "".
// Case and the choice between - and _ do not count; otherwise one slip
// (a letter added, left out, changed, or two swapped) is forgiven in short
// names and two in names of six letters or more. Of equally near names the
// first wins.
func Suggest(name string, known []string) string {
	best, bestDistance := "", 3
	for _, candidate := range known {
		if candidate == name {
			continue
		}
		a, b := fold(name), fold(candidate)
		allowed := 1
		if len(b) >= 6 {
			allowed = 2
		}
		if len(b) < 3 {
			allowed = 0
		}
		if d := distance([]rune(a), []rune(b), allowed); d <= allowed && d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// fold removes the differences that people do not mean.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(s), "-", "_")
}

// distance is the restricted Damerau-Levenshtein distance of two texts; texts
// whose lengths differ by more than limit are limit+1 apart.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			change := prev[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			cur[j] = min(change, prev[j]+1, cur[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
