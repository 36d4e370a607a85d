package porttest

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

// silence is how long a test waits for what must not come, patience for what must:
// a busy machine may take its time.
const (
	silence  = 300 * time.Millisecond
	patience = 30 * time.Second
)

// dial connects within the timeout.
func dial(t *testing.T, dst netip.AddrPort, timeout time.Duration) (net.Conn, error) {
	t.Helper()
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(t.Context(), "tcp", dst.String())
	if err == nil {
		t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func TestListenBehaviours(t *testing.T) {
	tests := []struct {
		behaviour Behaviour
		want      func(error) bool
	}{
		{AcceptClose, func(err error) bool { return err == io.EOF }}, //nolint:errorlint // Read returns it bare.
		{Silent, func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }},
		{Reset, isReset},
	}
	for _, test := range tests {
		t.Run(string(test.behaviour), func(t *testing.T) {
			server := Listen(t, test.behaviour)
			conn, err := dial(t, server.Addr(), patience)
			if err == nil {
				wait := patience
				if test.behaviour == Silent {
					wait = silence
				}
				if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
					t.Fatal(err)
				}
				_, err = conn.Read(make([]byte, 1))
			}
			if !test.want(err) {
				t.Errorf("got %v", err)
			}
			// The client may be told before the service is, and there is nothing
			// to wait on but the count.
			for deadline := time.Now().Add(patience); server.Accepted() == 0 && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
			if got := server.Accepted(); got != 1 {
				t.Errorf("accepted %d, want 1", got)
			}
		})
	}
}

func TestServerCloseEndsHeldConnections(t *testing.T) {
	server := Listen(t, Silent)
	conn, err := dial(t, server.Addr(), patience)
	if err != nil {
		t.Fatal(err)
	}
	for server.Accepted() == 0 { // the count is all there is to wait on
		time.Sleep(time.Millisecond)
	}
	for range 2 {
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want an end of file", err)
	}
	if _, err := dial(t, server.Addr(), patience); !isRefused(err) {
		t.Errorf("got %v, want refused", err)
	}
}

// What senders send comes at once and goes on; the server ends it.
func TestSenders(t *testing.T) {
	for _, behaviour := range []Behaviour{Slow, Endless} {
		server := Listen(t, behaviour)
		conn, err := dial(t, server.Addr(), patience)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		want, atLeast := int64(2), time.Second
		if behaviour == Endless {
			want, atLeast = 16<<20, 0
		}
		start := time.Now()
		if got, err := io.CopyN(io.Discard, conn, want); err != nil {
			t.Errorf("%s: %v after %d bytes, want %d", behaviour, err, got, want)
		}
		// The second byte of a slow server is a second after the first, which may
		// have been on its way before the clock ran.
		if took := time.Since(start); took < atLeast/2 {
			t.Errorf("%s: took %v, want about %v", behaviour, took, atLeast)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil && !isReset(err) {
			t.Errorf("%s: %v, want the end of it", behaviour, err)
		}
	}
}

// A client that goes ends its sender: the server can be closed while another
// one does not read.
func TestSenderWithoutClient(t *testing.T) {
	server := Listen(t, Endless)
	for range 3 {
		conn, err := dial(t, server.Addr(), patience)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if _, err := dial(t, server.Addr(), patience); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

func TestClosedPort(t *testing.T) {
	if _, err := dial(t, ClosedPort(t), patience); !isRefused(err) {
		t.Errorf("got %v, want refused", err)
	}
}

func TestServerAddr(t *testing.T) {
	if got, want := ServerAddr(20).String(), "198.51.100.20"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := ServerAddr6(2).String(), "2001:db8:2::2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("one server too many: no panic")
		}
	}()
	ServerAddr(Servers + 1)
}
