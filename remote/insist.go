package remote

import (
	"context"
	"fmt"
	"time"
)

// insist does f again while the machine is unreachable, for the Dialer's Patience. What cannot succeed by waiting, such
// as a refused login, ends it at once.
func (c *Conn) insist(ctx context.Context, f func() error) error {
	var since time.Time
	for try := 1; ; try++ {
		err := f()
		if !IsUnreachable(err) || ctx.Err() != nil || c.d.Patience < 0 {
			return err
		}
		if since.IsZero() {
			since = time.Now()
		}
		if waited := time.Since(since); waited > c.d.Patience {
			return fmt.Errorf("%w (waited %v for it)", err, waited.Round(time.Second))
		}
		c.tell(Event{Text: "trying to get back", Err: err})
		if err := c.d.Sleep(ctx, c.d.pause(min(try, 6))); err != nil {
			return fmt.Errorf("%s: waiting for it to come back: %w", c.t.Name, err)
		}
	}
}
