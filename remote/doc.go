// Package remote reaches machines over SSH and does things on them: it connects, runs shell scripts as root, puts
// files in place, runs jobs that outlive the connection, and holds a lock by a live session. The machine itself can
// be a target too, with the same methods.
//
// It knows nothing of what the scripts are for. It needs a POSIX shell and the usual tools (sudo, sha256sum, dd,
// flock, and systemd for jobs) on the node, and nothing else: no agent, no interpreter.
//
// Package sshconfig below it reads OpenSSH's configuration, knownhosts its known_hosts. It asks nobody for anything, and
// allocates no terminals.
//
// One Dialer serves a whole run, one Conn a node. A Conn is safe for concurrent use.
//
//	d := &remote.Dialer{AgentSocket: os.Getenv("SSH_AUTH_SOCK")}
//	defer d.Close()
//	c, err := d.Connect(ctx, remote.Target{Name: "m1", Host: "10.0.0.11", User: "core", Become: remote.Become{Method: remote.Sudo}})
//	if err != nil {
//		return err // a *remote.ConnectError: which stage, and what to do
//	}
//	defer c.Close()
//	res, err := c.Run(ctx, remote.Command{Name: "kernel", Script: "uname -r"})
package remote
