package report

import "strings"

// pen writes symbols and colours as the terminal at hand takes them. The zero
// value writes no colours.
type pen struct {
	color bool
	ascii bool
}

// style is one of the few colours that have a meaning here.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31" // failed
	green  style = "32" // in order
	yellow style = "33" // a person should look
)

// paint colours a text. Pad before painting: escape codes have no width.
func (p pen) paint(s style, text string) string {
	if !p.color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

type symbol int

const (
	symOK symbol = iota
	symFailed
	symWarn
	symRunning
	symDot
	symCut
	symBarDone
	symBarLeft
)

func (p pen) symbol(s symbol) string {
	if p.ascii {
		return [...]string{"+", "x", "!", ">", "-", "...", "#", "."}[s]
	}
	return [...]string{"✓", "✗", "!", "▸", "·", "…", "█", "░"}[s]
}

// fit makes a text writable where only ASCII is.
func (p pen) fit(s string) string {
	if !p.ascii || isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > 0x7e {
			return '?'
		}
		return r
	}, s)
}

// clean makes a text from a node harmless and writable.
func (p pen) clean(s string) string { return p.fit(clean(s)) }
