package remote

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxLosses is how often one step may lose its connection after it was got back: more often is not the network but
// what the step does to the machine.
const maxLosses = 10

// insist does f again while the machine is unreachable, for the Dialer's Patience from the last time that it was
// reached. What cannot succeed by waiting, such as a refused login, ends it at once.
func (c *Conn) insist(ctx context.Context, f func() error) error {
	var since time.Time
	losses := 0
	for try := 1; ; try++ {
		err := f()
		if !IsUnreachable(err) || ctx.Err() != nil || c.d.Patience < 0 {
			return err
		}
		var lost *LostError
		if errors.As(err, &lost) {
			losses++
			since, try = time.Now(), 1
		} else if since.IsZero() {
			since = time.Now()
		}
		if waited := time.Since(since); waited > c.d.Patience {
			return fmt.Errorf("%w (waited %v for it)", err, waited.Round(time.Second))
		}
		if losses > maxLosses {
			return fmt.Errorf("%w (the %d. time)", err, losses)
		}
		c.tell(Event{Text: "trying to get back", Err: err})
		if err := c.d.Sleep(ctx, c.d.pause(min(try, 6))); err != nil {
			return fmt.Errorf("%s: waiting for it to come back: %w", c.t.Name, err)
		}
	}
}
