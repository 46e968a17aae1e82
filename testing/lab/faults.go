package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Pause freezes every process of the node. Its address stays: peers see
// silence, not a refusal.
func (n *Node) Pause(ctx context.Context) error { return n.do(ctx, "pause") }

// Unpause lets a paused node go on.
func (n *Node) Unpause(ctx context.Context) error { return n.do(ctx, "unpause") }

// Processors gives the node that many of the machine's processors at most, as a
// fraction; 0 lets it have all again.
func (n *Node) Processors(ctx context.Context, count float64) error {
	const period = 100_000 // µs, the kernel's default
	quota := -1
	if count > 0 {
		quota = int(count * period)
	}
	return n.do(ctx, "update", fmt.Sprintf("--cpu-period=%d", period), fmt.Sprintf("--cpu-quota=%d", quota))
}

// Stop shuts the node down in order. It stays off until [Node.Start].
func (n *Node) Stop(ctx context.Context) error { return n.do(ctx, "stop", "--time=30") }

// Kill takes the node's power away. It stays off until [Node.Start].
func (n *Node) Kill(ctx context.Context) error { return n.do(ctx, "kill") }

// Start boots a node that is off and waits until it has.
func (n *Node) Start(ctx context.Context) error {
	if err := n.do(ctx, "start"); err != nil {
		return err
	}
	return n.settle(ctx)
}

// Reboot reboots the node from within and waits until it is back.
func (n *Node) Reboot(ctx context.Context) error {
	before, err := n.inspect(ctx)
	if err != nil {
		return err
	}
	// The command dies with the node, or complains about logind, which does not
	// run here: whether it worked is told by the start time alone.
	_, complaint := n.Exec(ctx, "systemctl reboot")
	waiting, cancel := context.WithTimeout(ctx, bootPatience)
	defer cancel()
	var after state
	err = poll(waiting, func() bool {
		after, _ = n.inspect(waiting)
		return after.State.Status == "running" && after.State.StartedAt != before.State.StartedAt
	})
	if err != nil {
		return fmt.Errorf("node %s: waiting for its reboot: %w (it is %s; the reboot said: %w)", n.place.Name, err, after.State.Status, complaint)
	}
	return n.settle(ctx)
}

// Disconnect pulls the node's network cable.
func (n *Node) Disconnect(ctx context.Context) error {
	_, err := n.docker(ctx, "network", "disconnect", n.lab.opts.Name, n.container())
	return err
}

// Connect plugs it in again, at the same address.
func (n *Node) Connect(ctx context.Context) error {
	_, err := n.docker(ctx, "network", "connect", "--ip="+n.place.Address.String(), "--alias="+n.place.Name, n.lab.opts.Name, n.container())
	return err
}

// OnlyVia makes the node's sshd reachable from the bastion alone, as in a
// private network behind a jump host: packets from elsewhere are dropped. It
// lasts until [Node.Direct] or a reboot.
func (n *Node) OnlyVia(ctx context.Context, bastion *Node) error {
	if err := n.Direct(ctx); err != nil {
		return err
	}
	_, err := n.Exec(ctx, fmt.Sprintf(`set -e
iptables -N LAB-ONLY-VIA
iptables -A LAB-ONLY-VIA -s %s -j RETURN
iptables -A LAB-ONLY-VIA -i lo -j RETURN
iptables -A LAB-ONLY-VIA -j DROP
iptables -I INPUT -p tcp --dport 22 -j LAB-ONLY-VIA`, bastion.Address()))
	return err
}

// Direct takes back what [Node.OnlyVia] did. It is no error when that was nothing.
func (n *Node) Direct(ctx context.Context) error {
	_, err := n.Exec(ctx, `set -e
iptables -nL LAB-ONLY-VIA >/dev/null 2>&1 || exit 0
iptables -D INPUT -p tcp --dport 22 -j LAB-ONLY-VIA 2>/dev/null || true
iptables -F LAB-ONLY-VIA
iptables -X LAB-ONLY-VIA`)
	return err
}

// MountImage mounts the file image, which holds a filesystem, at dir in the node,
// as mount -o loop does on a machine. Nodes may not use the machine's loop devices:
// a container that may does it for them. `umount` in the node ends it.
func (n *Node) MountImage(ctx context.Context, image, dir string) error {
	s, err := n.inspect(ctx)
	if err != nil {
		return err
	}
	args := []string{"run", "--rm", "--pid=host", "--network=none", "--device-cgroup-rule=b 7:* rwm", "--device-cgroup-rule=c 10:237 rwm"}
	for _, flag := range n.flags {
		if strings.HasPrefix(flag, "--cap-add=") || strings.HasPrefix(flag, "--security-opt=") || strings.HasPrefix(flag, "--userns=") {
			args = append(args, flag)
		}
	}
	const script = `set -e
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
for i in $(seq 0 31); do [ -e "/dev/loop$i" ] || mknod "/dev/loop$i" b 7 "$i"; done
mkdir -p "$2"
mount -o loop "$1" "$2"`
	args = append(args, "--entrypoint=nsenter", n.image, "--target="+strconv.Itoa(s.State.Pid), "--mount",
		"sh", "-c", script, "sh", image, dir)
	if _, err := n.docker(ctx, args...); err != nil {
		return fmt.Errorf("node %s: mounting %s: %w", n.place.Name, image, err)
	}
	return nil
}

func (n *Node) do(ctx context.Context, verb string, flags ...string) error {
	_, err := n.docker(ctx, append(append([]string{verb}, flags...), n.container())...)
	return err
}
