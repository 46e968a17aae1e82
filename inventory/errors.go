package inventory

// Error is one thing that is wrong with an inventory.
type Error struct {
	// Pos is where it is wrong. It is not valid for what is missing altogether.
	Pos Pos
	// Source is the line at Pos, "" if there is none.
	Source string
	// Message says what is wrong.
	Message string
	// Hint says what to do, "" if there is nothing to say.
	Hint string
}

// Error returns place and message in one line.
func (e *Error) Error() string {
	if !e.Pos.IsValid() {
		return e.Message
	}
	return e.Pos.String() + ": " + e.Message
}

// Format returns the error for a person, over several lines: place and
// message, the line with a mark under the column, and the hint.
func (e *Error) Format() string { panic("being written") }
