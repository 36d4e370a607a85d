package porttest

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers sends datagrams to dst, one after another and each from a new socket,
// and returns which of them were answered.
func answers(t *testing.T, dst netip.AddrPort, datagrams int) []bool {
	t.Helper()
	answered := make([]bool, datagrams)
	for i := range answered {
		err := ask(t, dst)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		answered[i] = err == nil
	}
	return answered
}

// ask sends a datagram and returns why there is no answer within half a second.
func ask(t *testing.T, dst netip.AddrPort) error {
	t.Helper()
	return askFor(t, dst, 500*time.Millisecond)
}

func askFor(t *testing.T, dst netip.AddrPort, timeout time.Duration) error {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(dst))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	buffer := make([]byte, 100)
	n, err := conn.Read(buffer)
	if err == nil && string(buffer[:n]) != "hello" {
		t.Errorf("got %q, want what was sent", buffer[:n])
	}
	return err
}

func TestListenUDP(t *testing.T) {
	for name, test := range map[string]struct {
		behaviour UDPBehaviour
		want      []bool
	}{
		"echo":   {Echo, []bool{true, true, true}},
		"mute":   {Mute, []bool{false, false, false}},
		"second": {AnswerNth(2), []bool{false, true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			server := ListenUDP(t, test.behaviour)
			if diff := cmp.Diff(test.want, answers(t, server.Addr(), 3)); diff != "" {
				t.Error(diff)
			}
			for range 2 {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			}
			if got := server.Received(); got != 3 {
				t.Errorf("received %d, want 3", got)
			}
			if err := ask(t, server.Addr()); err == nil {
				t.Error("an answer after Close")
			}
		})
	}
}

// An unspecified address would answer from another one than was asked.
func TestListenUDPUnspecified(t *testing.T) {
	for _, addr := range []netip.AddrPort{{}, netip.MustParseAddrPort("0.0.0.0:0"), netip.MustParseAddrPort("[::]:0")} {
		if server, err := listenUDP(addr, Echo); err == nil {
			t.Errorf("%s: no error, %v", addr, server.Close())
		}
	}
}
