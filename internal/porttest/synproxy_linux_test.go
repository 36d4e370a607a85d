package porttest

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Behind a SYN proxy every port looks open. What comes after the handshake tells
// whether somebody is there.
func TestSynProxy(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range serverAddrs {
		for name, test := range map[string]struct {
			port    uint16
			serve   bool
			rule    Rule
			without syscall.Errno // what connect says when there is no proxy
			want    error         // of a read, after the handshake
		}{
			"alive":    {4000, true, Accept, 0, nil},
			"closed":   {4001, false, Accept, syscall.ECONNREFUSED, syscall.ECONNRESET},
			"dropped":  {4002, true, Drop, syscall.ETIMEDOUT, os.ErrDeadlineExceeded},
			"rejected": {4003, true, RejectReset, syscall.ECONNREFUSED, syscall.ECONNRESET},
		} {
			dst := netip.AddrPortFrom(addr, test.port)
			if test.serve {
				lab.Listen(dst, Endless)
			}
			lab.Set(Host, dst, test.rule)
			check(t, name+" without proxy", dst, test.without)
			if err := lab.SynProxy(dst); err != nil {
				t.Skip(err)
			}
			window, err := readBehindProxy(t, dst)
			if !errors.Is(err, test.want) {
				t.Errorf("%s, %s: got %v, want %v", dst, name, err, test.want)
			}
			if alive := test.want == nil; (window > 0) != alive {
				t.Errorf("%s, %s: the window to send in is %d", dst, name, window)
			}
		}
	}
	check(t, "beside the proxy", netip.AddrPortFrom(ServerAddr(2), 4000), syscall.ECONNREFUSED)
	if err := lab.impair(Impairment{}); err == nil {
		t.Error("a relay before a SYN proxy: no error")
	}
}

// readBehindProxy connects, which must do, and returns what a read of much says,
// and the window that the other side then gives us: 0 as long as it is only the
// proxy.
func readBehindProxy(t *testing.T, dst netip.AddrPort) (window uint32, err error) {
	t.Helper()
	conn, err := dial(t, dst, patience)
	if errors.Is(err, syscall.ECONNRESET) { // which may be faster than we are
		return 0, err
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = io.CopyN(io.Discard, conn, 1<<20)
	raw, rawErr := conn.(*net.TCPConn).SyscallConn()
	if rawErr != nil {
		t.Fatal(rawErr)
	}
	rawErr = raw.Control(func(fd uintptr) {
		info, infoErr := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if infoErr != nil {
			t.Error(infoErr)
			return
		}
		window = info.Snd_wnd
	})
	return window, errors.Join(err, rawErr)
}

func TestSynProxyOnImpairedLine(t *testing.T) {
	lab := NewLab(t)
	lab.Impair(Impairment{})
	if err := lab.SynProxy(netip.AddrPortFrom(ServerAddr(1), 80)); err == nil {
		t.Error("a SYN proxy on an impaired line: no error")
	}
}
