//go:build race

package inventory

const (
	// hostileSize is smaller where every access to memory is watched, and costs ten
	// times as much.
	hostileSize = 1 << 16
	// maxHostile bounds nothing there: pools of memory forget at random.
	maxHostile = 1 << 40
)
