package genconf

// Places are where scripts find what is outside of them, for tests that have it elsewhere.
type Places struct{ Metadata, Cards, DetectIP, Pause string }

// RenderAt is Render with other places; those that are empty are the real ones.
func RenderAt(in Input, p Places) (Files, []Finding) {
	at := defaultPlaces()
	for _, place := range []struct {
		at   *string
		test string
	}{{&at.metadata, p.Metadata}, {&at.cards, p.Cards}, {&at.detectIP, p.DetectIP}, {&at.pause, p.Pause}} {
		if place.test != "" {
			*place.at = place.test
		}
	}
	return render(in, at)
}

// PasswordSalt is what HashPassword salts with.
func PasswordSalt(cluster, user string) string { return passwordSalt(cluster, user) }
