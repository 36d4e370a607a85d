package probe

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAnswerBeforeWakingUp: an answer that came before the process was run again
// counts, although the time of the look is over by then.
func TestAnswerBeforeWakingUp(t *testing.T) {
	lab := porttest.NewLab(t)
	open := netip.AddrPortFrom(porttest.ServerAddr(1), 80)
	closed := netip.AddrPortFrom(porttest.ServerAddr(1), 81)
	lab.Listen(open, porttest.AcceptClose)
	lab.Impair(porttest.Impairment{Delay: 50 * time.Millisecond}) // so that no answer is there at once
	for at, want := range map[netip.AddrPort]look.State{open: look.Open, closed: look.Closed} {
		target := look.Target{Scheme: endpoint.TCP, Addr: at}
		s, f := Prober{}.open(target)
		if s.fd < 0 {
			t.Fatal(f)
		}
		defer s.close()
		r := look.Result{Remote: at}
		if s.connect(target, &r) {
			await(t, s.fd, unix.POLLOUT)
			r = s.wait(t.Context(), target, r, time.Now().Add(-time.Second))
		}
		if r.State != want {
			t.Errorf("%s is %s %s, want %s", at, r.State, r.Reason, want)
		}
	}
}

// TestDatagramBeforeWakingUp: so does a datagram.
func TestDatagramBeforeWakingUp(t *testing.T) {
	server, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := net.DialUDP("udp", nil, server.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := server.WriteTo([]byte("answer"), conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { await(t, int(fd), unix.POLLIN) }); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 100)
	if n, err := receive(conn, answer); err != nil || string(answer[:n]) != "answer" {
		t.Errorf("%q, %v", answer[:n], err)
	}
}

// await waits for events of a descriptor.
func await(t *testing.T, fd int, events int16) {
	t.Helper()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: events}}, 60_000)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n != 1 {
			t.Fatalf("no answer: %v", err)
		}
		return
	}
}
