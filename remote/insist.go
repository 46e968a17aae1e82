package remote

import (
	"context"
	"time"
)

// insist does f again while the machine is unreachable, for the Dialer's Patience.
func (c *Conn) insist(ctx context.Context, f func() error) error {
	var since time.Time
	for try := 1; ; try++ {
		err := f()
		if !IsUnreachable(err) || ctx.Err() != nil {
			return err
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) > c.d.Patience {
			return err
		}
		c.d.tell(Event{Node: c.t.Name, Text: "trying to get back", Err: err})
		if err := c.d.Sleep(ctx, c.d.pause(min(try, 6))); err != nil {
			return err
		}
	}
}
