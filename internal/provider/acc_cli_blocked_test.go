package provider_test

import (
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestAccHostBlocked: a database that blocks this machine because of its looks is open,
// with a warning that says what to do, and nothing of it is drift.
func TestAccHostBlocked(t *testing.T) {
	// Error 1129, in a packet with its length and its number before it.
	const text = "Host '127.0.0.1' is blocked because of many connection errors"
	packet := string([]byte{byte(3 + len(text)), 0, 0, 0, 0xff, 0x69, 0x04}) + text
	onEachCLI(t, func(t *testing.T, w *workspace) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, packet)
				_ = conn.Close()
			}
		}()
		port := listener.Addr().(*net.TCPAddr).Port
		w.write(fast + fmt.Sprintf(`
resource "portcheck_check" "db" {
  hosts = ["127.0.0.1"]
  open  = ["%d/mysql"]
}
`, port))
		const blocked = "is open, but blocks this machine"
		w.apply().exits(0).says(fmt.Sprintf("Warning: mysql://127.0.0.1:%d %s", port, blocked), text, string(look.HostBlocked), "FLUSH HOSTS")
		w.plan().exits(0).says(blocked)
		w.destroy().exits(0)
	})
}
