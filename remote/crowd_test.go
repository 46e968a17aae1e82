package remote_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dcosup/remote"
)

// Three hundred connections through one bastion to one stock sshd: none fails, and few are tried twice.
func TestCrowdThroughABastion(t *testing.T) {
	const crowd = 300
	const stock = "MaxStartups 10:30:100\nMaxSessions 10\nLoginGraceTime 120"
	bastion, srv := startSSHD(t, stock), startSSHD(t, stock)
	door := countingDoor(t, srv)
	d := dialer(t)
	d.Trace = nil
	d.RetryBase, d.RetryCap = 100*time.Millisecond, 4*time.Second // the defaults
	// All of them share this machine, and their deadlines are not what is tried here.
	d.HandshakeTimeout, d.SessionTimeout, d.StartTimeout = 2*time.Minute, 2*time.Minute, 2*time.Minute
	jump := bastion.target("bastion")
	target := srv.target("n1")
	target.Jump, target.Port, target.HostKeyName = &jump, door.port, "n1"
	know(t, srv, target)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	var failed atomic.Int64
	for range crowd {
		all.Go(func() {
			c, err := d.Connect(ctx, target)
			if err == nil {
				defer c.Close()
				_, err = c.Run(ctx, remote.Command{Script: ":"})
			}
			if err != nil {
				failed.Add(1)
				t.Error(err)
			}
		})
	}
	all.Wait()
	if dials := door.dials.Load(); failed.Load() > 0 || float64(dials) > 2.2*crowd {
		t.Errorf("%d of %d failed, %d dials", failed.Load(), crowd, dials)
	} else {
		t.Logf("%.2f dials a success", float64(dials)/crowd)
	}
}

// know pins the server's keys under the name by which the target looks for them.
func know(t *testing.T, s *sshd, target remote.Target) {
	t.Helper()
	direct := s.target("n1")
	keys, err := dialer(t).ScanHostKeys(t.Context(), direct)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, k := range keys {
		text += target.HostKeyName + k.Line[len(k.Name):] + "\n"
	}
	writeFile(t, s.file("known_hosts"), text, 0o600)
}

// door stands before a server and counts who comes. It slams on the first one after so many bytes from the client.
type door struct {
	port  int
	dials atomic.Int64
	slam  int64 // 0: never
}

func countingDoor(t *testing.T, s *sshd) *door { return slammingDoor(t, s, 0) }

func slammingDoor(t *testing.T, s *sshd, slam int64) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{port: l.Addr().(*net.TCPAddr).Port, slam: slam}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			first := d.dials.Add(1) == 1
			all.Go(func() {
				defer in.Close()
				out, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", s.port))
				if err != nil {
					return
				}
				defer out.Close()
				both := make(chan struct{}, 2)
				from := io.Reader(in)
				if first && d.slam > 0 {
					from = io.LimitReader(in, d.slam)
				}
				all.Go(func() {
					io.Copy(struct{ io.Writer }{in}, out) // splice keeps pipes, which would look like a leak
					both <- struct{}{}
				})
				all.Go(func() {
					io.Copy(struct{ io.Writer }{out}, from)
					both <- struct{}{}
				})
				<-both
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return d
}
