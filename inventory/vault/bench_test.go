package vault_test

import "testing"

// BenchmarkDecrypt is what one value costs, and what it costs again.
func BenchmarkDecrypt(b *testing.B) {
	text := []byte(golden(b, "plain"))
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if _, err := ring("=hunter2").Decrypt(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		keys := ring("=hunter2")
		for b.Loop() {
			if _, err := keys.Decrypt(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
