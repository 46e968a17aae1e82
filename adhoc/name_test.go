package adhoc

import "testing"

// A node's name must not lead out of the directory for what is pulled from it.
func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{"agent-1": "agent-1", "a/b": "a_b", "..": "_..", ".": "_.", "../../up": ".._.._up"} {
		if got := safeName(name); got != want {
			t.Errorf("safeName(%q) = %q, want %q", name, got, want)
		}
	}
}
