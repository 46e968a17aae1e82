package farm

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// The far end sends back what comes, so the times are those of two ways and of TCP's own round trips. A busy machine
// makes them longer, never shorter.
func TestFarTakesItsTime(t *testing.T) {
	const trip = 40 * time.Millisecond
	for _, tc := range []struct {
		name    string
		send    []int // bytes, each after the answer to the one before
		atLeast float64
	}{
		{name: "the first word waits for the handshake", send: []int{1}, atLeast: 2},
		{name: "each further one takes a round trip", send: []int{1, 1, 1}, atLeast: 4},
		{name: "what fits into the first flight comes at once", send: []int{firstFlight}, atLeast: 2},
		{name: "what does not waits for the first flight's arrival", send: []int{firstFlight + 1}, atLeast: 3},
		{name: "a flight is twice the one before", send: []int{4 * firstFlight}, atLeast: 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			began := time.Now()
			c := dial(t, trip)
			for _, size := range tc.send {
				sent := bytes.Repeat([]byte("x"), size)
				if _, err := c.Write(sent); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, size)
				if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
					t.Fatalf("what came back is not what was sent: %v", err)
				}
			}
			if took := time.Since(began); took < time.Duration(tc.atLeast*float64(trip)) {
				t.Errorf("took %v, want at least %v round trips of %v", took, tc.atLeast, trip)
			}
		})
	}
}

// Each side hears of the other's end, after all that was sent before.
func TestFarPassesOnTheEnd(t *testing.T) {
	c := dial(t, 10*time.Millisecond)
	sent := bytes.Repeat([]byte("0123456789"), 100_000)
	go func() {
		c.Write(sent)
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("got %d of %d bytes back, %v", len(got), len(sent), err)
	}
}

// dial connects over a long way to a server that sends everything back.
func dial(t *testing.T, trip time.Duration) *net.TCPConn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	far := &Far{roundTrip: trip, open: map[net.Conn]bool{}}
	port, err := far.lead(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := far.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// The nodes are reached by the files for a long way, and know no difference.
func TestFarNodes(t *testing.T) {
	f := start(t, 2)
	far, err := f.Far(5 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	for _, n := range f.Nodes {
		if got := onNode(t, far.Clients, n.Name, `echo "$NODE"`); got != n.Name {
			t.Errorf("got %q, want %q", got, n.Name)
		}
	}
}
