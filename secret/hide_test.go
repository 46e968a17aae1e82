package secret_test

import (
	"testing"

	"dcosup/secret"
)

func TestHide(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		secrets    []secret.Text
		want       string
	}{
		{"nothing to hide", "all is well", nil, "all is well"},
		{"as it is", "cannot read hunter2 as a number", []secret.Text{"hunter2"}, "cannot read *** as a number"},
		{"quoted", `not "hunter2"`, []secret.Text{"hunter2"}, "not ***"},
		{"quoted, with escapes", `not "hun\"ter\t2"`, []secret.Text{"hun\"ter\t2"}, "not ***"},
		{"a part of a quotation, with escapes", `not "http://hun\"ter2@x"`, []secret.Text{"hun\"ter2"}, `not "http://***@x"`},
		{"a short one only where it is quoted", `not "no", but no number`, []secret.Text{"no"}, "not ***, but no number"},
		{"one within another", "hunter2000", []secret.Text{"hunter", "hunter2000"}, "***"},
		{"a line of several", "line 2: second line", []secret.Text{"first line\nsecond line\n"}, "line 2: ***"},
		{"empty ones", "a b", []secret.Text{"", "\n", " "}, "a b"},
	} {
		if got := secret.Hide(tt.text, tt.secrets...); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
