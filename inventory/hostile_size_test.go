//go:build !race

package inventory

const (
	// hostileSize is how much of each kind there is: more than anybody writes by hand.
	hostileSize = 1 << 20
	// maxHostile bounds what may be allocated for one in all, in bytes.
	maxHostile = 2 << 30
)
