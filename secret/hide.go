package secret

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// shortest is the length, in bytes, below which a secret is hidden only where
// it is quoted: replacing "1" or "yes" everywhere would hide no secret, and
// leave no sentence.
const shortest = 4

// Hide replaces secrets that stand in a text by "***", as they are and as %q
// writes them; of one of several lines, each line counts. It is the last guard
// where a text was put together by those who could not know what is secret.
func Hide(text string, secrets ...Text) string {
	var parts []string
	for _, s := range secrets {
		parts = append(parts, s.Reveal())
		if lines := strings.Split(s.Reveal(), "\n"); len(lines) > 1 {
			parts = append(parts, lines...)
		}
	}
	// The longest first: one secret may be a part of another.
	slices.SortStableFunc(parts, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, part := range parts {
		quoted := strconv.Quote(part)
		if strings.TrimSpace(part) == "" {
			continue
		}
		text = strings.ReplaceAll(text, quoted, Hidden)
		if len(part) >= shortest {
			text = strings.ReplaceAll(text, part, Hidden)
			text = strings.ReplaceAll(text, quoted[1:len(quoted)-1], Hidden)
		}
	}
	return text
}
