package farm

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// firstFlight is how much TCP sends on a new connection before anything is confirmed: ten segments (RFC 6928).
const firstFlight = 10 * 1448

// Far is a way to the nodes of a farm that takes long: connections go through this process, which passes on all that
// comes half a round trip later. It keeps to TCP's handshake and slow start, and knows neither loss nor a bandwidth. The
// kernel can do the same (tc netem), but not every kernel has that, and it is for root.
type Far struct {
	Clients
	roundTrip time.Duration
	listeners []net.Listener
	mu        sync.Mutex
	open      map[net.Conn]bool
	closed    bool
	all       sync.WaitGroup
}

// Far makes the files of clients for which a round trip to any node takes so long.
func (f *Farm) Far(roundTrip time.Duration) (*Far, error) {
	far := &Far{Clients: f.Clients, roundTrip: roundTrip, open: map[net.Conn]bool{}}
	far.dir = filepath.Join(f.dir, "far")
	if err := os.MkdirAll(far.dir, 0o700); err != nil {
		return nil, err
	}
	var at []place
	for _, n := range f.Nodes {
		port, err := far.lead(n.Addr())
		if err != nil {
			return nil, errors.Join(err, far.Close())
		}
		at = append(at, place{"127.0.0.1", port})
	}
	if err := far.describe(f.Nodes, at); err != nil {
		return nil, errors.Join(err, far.Close())
	}
	return far, nil
}

// Close ends all connections, and takes no more.
func (f *Far) Close() error {
	var errs []error
	for _, l := range f.listeners {
		errs = append(errs, l.Close())
	}
	f.mu.Lock()
	f.closed = true
	for c := range f.open {
		c.Close()
	}
	f.mu.Unlock()
	f.all.Wait()
	return errors.Join(errs...)
}

// lead makes a port of the loopback from which it is far to an address.
func (f *Far) lead(address string) (port int, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	f.listeners = append(f.listeners, l)
	f.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.all.Go(func() { f.join(c.(*net.TCPConn), address) })
		}
	})
	return l.Addr().(*net.TCPAddr).Port, nil
}

// join connects a client to a node. Both are accepted by the kernel at once; over a long way the client would know so after
// one round trip, and the node after one and a half. Until then nothing leaves.
func (f *Far) join(client *net.TCPConn, address string) {
	began := time.Now()
	defer f.forget(client)
	if !f.remember(client) {
		return
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	node := c.(*net.TCPConn)
	defer f.forget(node)
	if !f.remember(node) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { f.carry(node, client, began.Add(f.roundTrip)) })
	both.Go(func() { f.carry(client, node, began.Add(f.roundTrip*3/2)) })
	both.Wait()
}

func (f *Far) remember(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[c] = true
	return !f.closed
}

func (f *Far) forget(c net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.Close()
	delete(f.open, c)
}

// flight is what was sent at one time; without content it is the end.
type flight struct {
	due     time.Time
	content []byte
}

// carry passes on what comes from one side, which knows from a time on that the connection stands.
func (f *Far) carry(to, from *net.TCPConn, known time.Time) {
	flights := make(chan flight, 64)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(flights)
		w := newWindow(f.roundTrip)
		for {
			content := make([]byte, w.room())
			n, err := from.Read(content)
			left := time.Now()
			if left.Before(known) {
				left = known
			}
			if n > 0 {
				w.sent(n, left)
				flights <- flight{left.Add(f.roundTrip / 2), content[:n]}
			}
			if err != nil {
				flights <- flight{due: left.Add(f.roundTrip / 2)}
				return
			}
		}
	})
	for fl := range flights {
		time.Sleep(time.Until(fl.due))
		if _, err := to.Write(fl.content); err != nil {
			from.Close() // then reading ends
			for range flights {
			}
		}
	}
	reading.Wait()
	to.CloseWrite()
}

// window is how much may be under way, which grows by what has arrived.
type window struct {
	roundTrip time.Duration
	mu        sync.Mutex
	grown     *sync.Cond
	free      int // bytes
}

func newWindow(roundTrip time.Duration) *window {
	w := &window{roundTrip: roundTrip, free: firstFlight}
	w.grown = sync.NewCond(&w.mu)
	return w
}

// room waits until something may be sent, and says how much at once.
func (w *window) room() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.free == 0 {
		w.grown.Wait()
	}
	return min(w.free, 64<<10)
}

// sent counts what left at a time; a round trip later it is known to have arrived.
func (w *window) sent(n int, left time.Time) {
	w.mu.Lock()
	w.free -= n
	w.mu.Unlock()
	time.AfterFunc(time.Until(left.Add(w.roundTrip)), func() {
		w.mu.Lock()
		w.free += 2 * n
		w.mu.Unlock()
		w.grown.Signal()
	})
}
