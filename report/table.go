package report

import (
	"slices"
	"strings"
)

// cell is one field of a table.
type cell struct {
	text  string
	style style
}

// column says how wide a column may become.
type column struct {
	title  string
	min    int // columns that it keeps when room is short
	leaves int // above 0: left out where even the least widths do not fit, the lowest first
}

// columnGap is the space between two columns of a table.
const columnGap = 2

// drawTable renders rows under their titles. Columns are as wide as their
// contents; when the table is wider than the room, the widest columns give way
// and their cells are wrapped. Columns that hold nothing are left out.
func drawTable(p pen, columns []column, rows [][]cell, room int) string {
	for i, c := range slices.Backward(columns) {
		if c.title != "" && !slices.ContainsFunc(rows, func(r []cell) bool { return r[i].text != "" }) {
			columns, rows = without(i, columns, rows)
		}
	}
	for {
		i := leaver(columns)
		if i < 0 || leastWidth(columns) <= room {
			break
		}
		columns, rows = without(i, columns, rows)
	}
	widths := columnWidths(columns, rows, room)
	var b strings.Builder
	titles := make([]cell, len(columns))
	for i, c := range columns {
		titles[i] = cell{c.title, dim}
	}
	for _, row := range append([][]cell{titles}, rows...) {
		drawRow(&b, p, row, widths)
	}
	return b.String()
}

// leaver is the column to be left out next, or -1.
func leaver(columns []column) int {
	next := -1
	for i, c := range columns {
		if c.leaves > 0 && (next < 0 || c.leaves < columns[next].leaves) {
			next = i
		}
	}
	return next
}

func leastWidth(columns []column) int {
	total := columnGap * (len(columns) - 1)
	for _, c := range columns {
		total += max(c.min, width(c.title))
	}
	return total
}

func without(i int, columns []column, rows [][]cell) ([]column, [][]cell) {
	kept := make([][]cell, len(rows))
	for y, r := range rows {
		kept[y] = slices.Concat(r[:i], r[i+1:])
	}
	return slices.Concat(columns[:i], columns[i+1:]), kept
}

func columnWidths(columns []column, rows [][]cell, room int) []int {
	widths := make([]int, len(columns))
	total := columnGap * (len(columns) - 1)
	for i, c := range columns {
		widths[i] = width(c.title)
		for _, row := range rows {
			widths[i] = max(widths[i], width(row[i].text))
		}
		total += widths[i]
	}
	for ; total > room; total-- {
		widest := -1
		for i, w := range widths {
			if w > columns[i].min && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

func drawRow(b *strings.Builder, p pen, row []cell, widths []int) {
	wrapped := make([][]string, len(row))
	height := 1
	for i, c := range row {
		wrapped[i] = wrap(c.text, widths[i])
		height = max(height, len(wrapped[i]))
	}
	for y := range height {
		gap := 0
		for i, lines := range wrapped {
			if y >= len(lines) || lines[y] == "" {
				gap += widths[i] + columnGap
				continue
			}
			b.WriteString(strings.Repeat(" ", gap))
			b.WriteString(p.paint(row[i].style, lines[y]))
			gap = widths[i] - width(lines[y]) + columnGap
		}
		b.WriteByte('\n')
	}
}

// paragraph writes a text behind a label, wrapped, its later lines indented as
// far as the first.
func paragraph(b *strings.Builder, label, text string, room int) {
	indent := strings.Repeat(" ", width(label))
	for i, line := range wrap(text, room-width(label)) {
		if i > 0 {
			label = indent
		}
		b.WriteString(strings.TrimRight(label+line, " "))
		b.WriteByte('\n')
	}
}
