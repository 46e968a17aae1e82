package remotetest

import (
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// session serves one session channel: one command, or sftp.
func (s *Server) session(nch ssh.NewChannel) {
	ch, reqs, err := nch.Accept()
	if err != nil {
		return
	}
	defer ch.Close()
	s.idle(ch, true)
	defer s.idle(ch, false)
	for r := range reqs {
		var m struct{ Text string }
		ssh.Unmarshal(r.Payload, &m)
		switch {
		case r.Type == "exec":
			s.idle(ch, false)
			r.Reply(true, nil)
			go ssh.DiscardRequests(reqs)
			s.execs.Add(1)
			s.exec(ch, m.Text)
			return
		case r.Type == "subsystem" && m.Text == "sftp" && !s.o.NoSFTP:
			r.Reply(true, nil)
			go ssh.DiscardRequests(reqs)
			if server, err := sftp.NewServer(ch, sftp.WithServerWorkingDirectory(s.Dir)); err == nil {
				server.Serve()
			}
			return
		case r.WantReply:
			r.Reply(false, nil)
		}
	}
}

// idle notes whether anything was started in a session.
func (s *Server) idle(ch ssh.Channel, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if yes {
		s.idling[ch] = true
	} else {
		delete(s.idling, ch)
	}
}

// exec runs a command line as sshd does: the exit status is sent when the shell has ended, the channel closed when its
// output has.
func (s *Server) exec(ch ssh.Channel, line string) {
	cmd := exec.Command(s.o.Shell, "-c", line)
	cmd.Dir, cmd.Env = s.Dir, append(os.Environ(), s.o.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	var wg sync.WaitGroup
	ours := make([]*os.File, 0, 2)
	pipe := func(to io.Writer) *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			return nil
		}
		ours = append(ours, w)
		wg.Go(func() {
			defer r.Close()
			buf := make([]byte, 32<<10)
			for {
				n, err := r.Read(buf)
				if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
					return
				}
			}
		})
		return w
	}
	cmd.Stdout, cmd.Stderr = pipe(ch), pipe(ch.Stderr())
	err = cmd.Start()
	for _, w := range ours {
		w.Close()
	}
	if err != nil {
		return
	}
	s.adopt(cmd.Process.Pid, true)
	go func() {
		io.Copy(stdin, ch)
		stdin.Close()
	}()
	cmd.Wait()
	s.adopt(cmd.Process.Pid, false)
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		ch.SendRequest("exit-signal", false, ssh.Marshal(struct {
			Signal     string
			CoreDumped bool
			Error      string
			Lang       string
		}{Signal: signalName(ws.Signal())}))
	} else {
		ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(ws.ExitStatus())}))
	}
	wg.Wait()
}

func (s *Server) adopt(pid int, running bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if running {
		s.kids[pid] = true
	} else {
		delete(s.kids, pid)
	}
}

func killGroup(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }

func signalName(sig syscall.Signal) string {
	switch sig {
	case syscall.SIGKILL:
		return "KILL"
	case syscall.SIGTERM:
		return "TERM"
	case syscall.SIGSEGV:
		return "SEGV"
	}
	return "ABRT"
}
