package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// bootPatience is how long a node may take to boot. Seven at once on two
	// cores take some 15 s.
	bootPatience = 3 * time.Minute
	// bootPoll is the pause between two looks at a booting node.
	bootPoll = 250 * time.Millisecond
	// loginPatience is for one login.
	loginPatience = 10 * time.Second
)

// What systemd says of a system that has booted: all is well, or a service
// has failed.
const (
	running  = "running"
	degraded = "degraded"
)

// ready waits until systemd has booted the node and a login over SSH with the
// pinned key works. It returns systemd's word for the state.
func (n *Node) ready(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, bootPatience)
	defer cancel()
	var booted string
	var last error
	err := poll(ctx, func() bool {
		if booted, last = n.systemState(ctx); last == nil {
			last = n.login(ctx)
		}
		return last == nil
	})
	if err != nil {
		logs, _ := n.docker(context.WithoutCancel(ctx), "logs", "--tail=20", n.container())
		return "", fmt.Errorf("node %s: waiting for it to boot: %w: %s", n.place.Name, errors.Join(last, err), strings.TrimSpace(logs))
	}
	return booted, nil
}

// systemState waits for the boot to end, and returns running or degraded; or an error
// as long as systemd answers nobody.
func (n *Node) systemState(ctx context.Context) (string, error) {
	out, err := n.docker(ctx, "exec", n.container(), "systemctl", "is-system-running", "--wait")
	if word := strings.TrimSpace(out); word == running || word == degraded {
		return word, nil
	} else if word != "" {
		return "", fmt.Errorf("systemd is %s", word)
	}
	return "", err
}

// login logs in and leaves.
func (n *Node) login(ctx context.Context) error {
	client, err := n.Dial(ctx)
	if err != nil {
		return err
	}
	return client.Close()
}

// Dial logs in to the node as [User] with the lab's key, accepting only the
// node's pinned host key.
func (n *Node) Dial(ctx context.Context) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	address := net.JoinHostPort(n.place.Address.String(), "22")
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.place.Name, err)
	}
	deadline, _ := ctx.Deadline()
	sshConn, channels, requests, err := handshake(conn, deadline, &ssh.ClientConfig{
		User:            User,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(n.lab.keys.login.signer)},
		HostKeyCallback: ssh.FixedHostKey(n.lab.keys.hosts[n.place.Name].signer.PublicKey()),
	})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("node %s: logging in at %s: %w", n.place.Name, address, err)
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}

// handshake bounds the whole handshake, which ClientConfig.Timeout does not.
func handshake(conn net.Conn, deadline time.Time, config *ssh.ClientConfig) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, nil, nil, err
	}
	c, channels, requests, err := ssh.NewClientConn(conn, conn.RemoteAddr().String(), config)
	if err != nil {
		return nil, nil, nil, err
	}
	return c, channels, requests, conn.SetDeadline(time.Time{})
}

// poll calls done until it says so or the context ends.
func poll(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(bootPoll)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
