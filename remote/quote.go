package remote

import "strings"

// Quote joins args into words of a POSIX shell, each of them taken literally. NUL cannot be part of a word and is
// left out.
func Quote(args ...string) string {
	var b strings.Builder
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		quoteWord(&b, strings.ReplaceAll(arg, "\x00", ""))
	}
	return b.String()
}

func quoteWord(b *strings.Builder, s string) {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@%+") == "" {
		b.WriteString(s)
		return
	}
	b.WriteByte('\'')
	b.WriteString(strings.ReplaceAll(s, "'", `'\''`))
	b.WriteByte('\'')
}
