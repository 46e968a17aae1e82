package remote

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestSlots(t *testing.T) {
	ctx := context.Background()
	// waits reports whether acquiring a slot has to wait, and gives it back.
	waits := func(s *slots) bool {
		done := make(chan struct{})
		cctx, cancel := context.WithCancel(ctx)
		defer cancel()
		got := false
		go func() {
			if s.acquire(cctx) == nil {
				got = true
				s.release(false)
			}
			close(done)
		}()
		synctest.Wait()
		cancel()
		<-done
		return !got
	}
	take := func(s *slots, hold bool) {
		if err := s.acquire(ctx); err != nil {
			t.Fatal(err)
		}
		s.hold(hold)
	}
	tests := []struct {
		name  string
		do    func(s *slots)
		waits bool
	}{
		{"free", func(s *slots) { take(s, false) }, false},
		{"full", func(s *slots) { take(s, false); take(s, false) }, true},
		{"freed", func(s *slots) { take(s, false); take(s, false); s.release(false) }, false},
		{"refused beside another", func(s *slots) { take(s, false); take(s, false); s.refused() }, true},
		{"refused alone", func(s *slots) { take(s, false); s.refused() }, false},
		{"only held ones, which nobody frees", func(s *slots) { take(s, true); take(s, true) }, false},
		{"a held and another", func(s *slots) { take(s, true); take(s, false) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSlots(2)
				tt.do(s)
				if got := waits(s); got != tt.waits {
					t.Errorf("a further session waits: %v, want %v", got, tt.waits)
				}
			})
		})
	}
}

func TestSlotsGiveUpWithTheContext(t *testing.T) {
	s := newSlots(1)
	if err := s.acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	if err := s.acquire(ctx); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}
