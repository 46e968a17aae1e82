package remote

import "time"

// Event is something that happened on the way to a machine: a stage that was passed, a failure that is tried again, a
// detour. It is for -v and for people who look for the reason; nothing is decided by it.
type Event struct {
	Node  string
	Stage Stage // "" for what happens after connecting
	// Text is what was found or is done, in a few words without the node's name: "OpenSSH_9.2p1, curve25519-sha256,
	// aes128-gcm@openssh.com", "ssh-ed25519 SHA256:… known from ~/.ssh/known_hosts:3".
	Text string
	// Took is how long a stage took; 0 for what is no stage.
	Took time.Duration
	// Err is the failure that is about to be tried again.
	Err error
}

// String is the event as one line.
func (e Event) String() string {
	s := e.Node + ": "
	if e.Stage != "" {
		s += string(e.Stage) + ": "
	}
	if e.Err != nil {
		s += e.Err.Error() + "; "
	}
	return s + e.Text
}

// tell passes an event of this machine on.
func (c *Conn) tell(e Event) {
	e.Node = c.t.Name
	if c.watch != nil {
		c.watch(e)
	}
	if c.d.Trace != nil {
		c.d.Trace(e)
	}
}
