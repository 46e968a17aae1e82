package remote

import (
	"context"
	"sync"
)

// slots bounds the sessions of one connection. The bound shrinks to what the server turns out to allow: a refused
// session is no error but a reason to wait for another to end.
type slots struct {
	mu    sync.Mutex
	limit int
	open  int
	held  int           // of the open ones, those that last as long as the connection
	freed chan struct{} // closed and replaced whenever a slot is freed
}

func newSlots(limit int) *slots { return &slots{limit: max(limit, 1), freed: make(chan struct{})} }

// acquire waits for a slot.
func (s *slots) acquire(ctx context.Context) error {
	for {
		s.mu.Lock()
		// Waiting for held sessions only would be for ever: then let the server decide.
		if s.open < s.limit || s.open == s.held {
			s.open++
			s.mu.Unlock()
			return nil
		}
		freed := s.freed
		s.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// hold marks an acquired slot as one that will not be freed soon.
func (s *slots) hold(yes bool) {
	if !yes {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
}

// release frees a slot; held says whether it was held.
func (s *slots) release(held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if held {
		s.held--
	}
	s.wake()
}

// refused gives back a slot that the server did not grant. alone means that there is no other session to wait for, but
// perhaps held ones.
func (s *slots) refused() (alone, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	alone = s.open == s.held
	s.limit = max(s.open, 1)
	if alone {
		s.wake()
	}
	return alone, s.held > 0
}

func (s *slots) wake() {
	close(s.freed)
	s.freed = make(chan struct{})
}
