package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dcosup/remote"
)

// TestCutAnywhere cuts the first connection to a real sshd after so many bytes: in the version, the key exchange, the
// login, the script, the upload. Whatever it hits, the node holds in the end what one undisturbed run would have left; or
// nothing, and one error says that the node could not be reached.
func TestCutAnywhere(t *testing.T) {
	const size = 2 << 20
	srv := startSSHD(t, "MaxStartups 100") // the subtests run side by side
	body := content(size, 6)
	for _, after := range []int64{1, 20, 100, 600, 1200, 1600, 1800, 2000, 2400, 2600, 2800, 3000, 3500, 4000, 6000, 10000, 100_000, size, 10 * size} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			door := slammingDoor(t, srv, after)
			d := dialer(t)
			target := srv.target("n1")
			target.Port, target.HostKeyName = door.port, fmt.Sprintf("[127.0.0.1]:%d", srv.port)
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			c, err := d.Connect(ctx, target)
			if err != nil {
				// A connection that is cut in the middle of the login is not tried again: it can be sshd's answer to the login.
				var ce *remote.ConnectError
				if !errors.As(err, &ce) || ce.Stage != remote.StageHandshake || !remote.IsUnreachable(err) {
					t.Errorf("got %v, want a handshake that was cut", err)
				}
				if got := names(t, dir); len(got) != 0 {
					t.Errorf("on the node: %q", got)
				}
				return
			}
			defer c.Close()
			_, err = c.Run(ctx, remote.Command{Again: true, Script: `cd "$1"; echo begun >>count; echo ended >ended`, Args: []string{dir}})
			if err != nil {
				t.Errorf("a script that may be begun again: %v", err)
			}
			_, err = c.Run(ctx, remote.Command{Script: `echo once >>"$1/once"`, Args: []string{dir}})
			var lost *remote.LostError
			if err != nil && !errors.As(err, &lost) {
				t.Errorf("a script that may not: %v", err)
			}
			if n := strings.Count(readFile(t, filepath.Join(dir, "once")), "once"); n > 1 || err == nil && n != 1 {
				t.Errorf("it ran %d times, with the error %v", n, err)
			}
			u := remote.Upload{Dest: filepath.Join(dir, "up"), Source: bytes.NewReader(body), Size: size}
			if _, err := c.Upload(ctx, u); err != nil {
				t.Errorf("upload: %v", err)
			}
			if got := readFile(t, u.Dest); got != string(body) {
				t.Errorf("%d bytes were uploaded, want %d", len(got), size)
			}
			if got := readFile(t, filepath.Join(dir, "ended")); got != "ended\n" {
				t.Errorf("ended: %q", got)
			}
		})
	}
}

// TestWriteFailsBeforeReading has a way that takes no more after 100,000 bytes, and says nothing: that the connection has
// ended shows in the writing alone.
func TestWriteFailsBeforeReading(t *testing.T) {
	const size = 2 << 20
	srv := startSSHD(t, "")
	dir := t.TempDir()
	way := filepath.Join(dir, "way.sh")
	there := fmt.Sprintf("ssh -F none -o BatchMode=yes -o UserKnownHostsFile=%s -i %s -p %d -W 127.0.0.1:%d root@127.0.0.1",
		srv.file("known_hosts"), srv.file("id_ed25519"), srv.port, srv.port)
	writeFile(t, way, `mkdir "$1/broken" 2>/dev/null || exec `+there+`
exec 3<&0 </dev/null
{ dd bs=1 count=100000 status=none <&3; exec 3<&- sleep 300; } | `+there+` 3<&- &
exec 3<&-
wait
`, 0o600)
	d := dialer(t)
	target := srv.target("n1")
	target.ProxyCommand, target.HostKeyName = "sh "+way+" "+dir, fmt.Sprintf("[127.0.0.1]:%d", srv.port)
	c := connect(t, d, target)
	if got := names(t, dir); !slices.Contains(got, "broken") {
		t.Fatalf("the way is whole: %q", got)
	}
	expect(t, c, remote.Upload{Dest: filepath.Join(t.TempDir(), "up"), Source: bytes.NewReader(content(size, 6)), Size: size, Mode: 0o644}, true)
}
