package node

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// serveZooKeeper answers the four-letter words ruok and srvr until ctx ends. There is no more of ZooKeeper than that.
func (e *ensemble) serveZooKeeper(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(e.n.Listen, strconv.Itoa(e.n.Ports.ZooKeeper)))
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // ends Accept
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		open.Go(func() { e.answerWord(conn) })
	}
}

func (e *ensemble) answerWord(conn net.Conn) {
	defer func() { _ = conn.Close() }() // nothing is lost that the client did not get
	word := make([]byte, 4)
	if conn.SetDeadline(time.Now().Add(2*time.Second)) != nil {
		return
	}
	if _, err := io.ReadFull(conn, word); err != nil {
		return
	}
	switch string(word) {
	case "ruok":
		_, _ = io.WriteString(conn, "imok")
	case "srvr":
		_, _ = io.WriteString(conn, e.srvr())
	}
}

func (e *ensemble) srvr() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	mode := "follower"
	switch {
	case e.state() != stateServing:
		return "This ZooKeeper instance is not currently serving requests\n"
	case len(e.n.Settings.Masters) == 1:
		mode = "standalone"
	case e.leads():
		mode = "leader"
	}
	nodes := 0
	for _, group := range e.groups {
		nodes += len(group)
	}
	return fmt.Sprintf("Zookeeper version: stand-in for tests, not ZooKeeper\nMode: %s\nNode count: %d\n", mode, nodes)
}
