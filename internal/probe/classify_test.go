package probe

import (
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

func TestFromICMP(t *testing.T) {
	four, six := netip.MustParseAddr("192.0.2.254"), netip.MustParseAddr("2001:db8::fe")
	tests := []struct {
		from netip.Addr
		typ  uint8
		code uint8
		want look.Reason
	}{
		{four, 3, 0, "net-unreach"}, {four, 3, 1, "host-unreach"}, {four, 3, 2, "proto-unreach"}, {four, 3, 3, "port-unreach"},
		{four, 3, 5, "dest-unreach"}, {four, 3, 6, "dest-unreach"}, {four, 3, 9, "net-prohibited"}, {four, 3, 10, "host-prohibited"},
		{four, 3, 12, "dest-unreach"}, {four, 3, 13, "admin-prohibited"}, {four, 11, 0, "time-exceeded"}, {four, 12, 0, "param-problem"},
		{six, 1, 0, "no-route"}, {six, 1, 1, "admin-prohibited"}, {six, 1, 2, "beyond-scope"}, {six, 1, 3, "host-unreach"},
		{six, 1, 4, "port-unreach"}, {six, 1, 5, "admin-prohibited"}, {six, 1, 6, "reject-route"}, {six, 3, 0, "time-exceeded"},
		{six, 4, 1, "param-problem"}, {six, 1, 7, "dest-unreach"},
	}
	for _, tt := range tests {
		m := look.ICMP{Type: tt.typ, Code: tt.code, From: tt.from}
		for _, scheme := range endpoint.Schemes() {
			for _, host := range []string{"192.0.2.254", "2001:db8::fe", "203.0.113.9"} {
				want := fact{look.Filtered, tt.want}
				if tt.want == look.PortUnreach && scheme.Transport() == endpoint.UDP && host == tt.from.String() {
					want.state = look.Closed // the host itself says so
				}
				at := look.Target{Scheme: scheme, Addr: netip.AddrPortFrom(netip.MustParseAddr(host), 53)}
				if got := fromICMP(m, at); got != want {
					t.Errorf("%d/%d from %s for %s %s: %v, want %v", tt.typ, tt.code, tt.from, scheme, host, got, want)
				}
			}
		}
	}
}

// TestOwnFaults: an error of our own system calls never says anything about a
// port, an error that the network gave always does.
func TestOwnFaults(t *testing.T) {
	for name, e := range map[string]errnos{"unix": system, "winsock": winsock} {
		for errno := range syscall.Errno(11000) {
			if got := e.fromLocal(errno); got.state != look.Unknown {
				t.Errorf("%s: %d at once: %v", name, errno, got)
			}
		}
		for errno, want := range e.connect {
			if got := e.fromConnect(errno); got != want || got.state == look.Unknown {
				t.Errorf("%s: %d later: %v, want %v", name, errno, got, want)
			}
		}
	}
	if got := system.fromConnect(syscall.EMFILE); got != (fact{look.Unknown, look.NoDescriptor}) {
		t.Errorf("EMFILE later: %v", got)
	}
}

// wrapped is an error as net.Dialer and net.UDPConn wrap those of system calls.
func wrapped(op, call string, errno syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(call, errno)}
}

func TestWindows(t *testing.T) {
	deadline := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	timeout := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{IsTimeout: true}} // the other shape of a time-out
	tests := []struct {
		what string
		got  fact
		want fact
	}{
		{"refused", winsock.fromDial(wrapped("dial", "connectex", 10061)), fact{look.Closed, look.ConnRefused}},
		{"refused, as NT says it", winsock.fromDial(wrapped("dial", "connectex", 1225)), fact{look.Closed, look.ConnRefused}},
		{"Windows gives up", winsock.fromDial(wrapped("dial", "connectex", 10060)), fact{look.Filtered, look.NoResponse}},
		{"our deadline", winsock.fromDial(deadline), fact{look.Filtered, look.NoResponse}},
		{"our time-out", winsock.fromDial(timeout), fact{look.Filtered, look.NoResponse}},
		{"host unreachable", winsock.fromDial(wrapped("dial", "connectex", 10065)), fact{look.Filtered, look.HostUnreach}},
		{"no route", winsock.fromDial(wrapped("dial", "connectex", 10051)), fact{look.Unknown, look.NoRoute}},
		{"a firewall of our own", winsock.fromDial(wrapped("dial", "connectex", 10013)), fact{look.Unknown, look.PermDenied}},
		{"no port left", winsock.fromDial(wrapped("dial", "connectex", 10048)), fact{look.Unknown, look.NoLocalPort}},
		{"no buffer", winsock.fromDial(wrapped("dial", "socket", 10055)), fact{look.Unknown, look.NoBuffer}},
		{"not our address", winsock.fromDial(wrapped("dial", "bind", 10049)), fact{look.Unknown, look.BadSource}},
		{"reset after the handshake", winsock.fromDial(wrapped("dial", "connectex", 10054)), fact{look.Open, look.SynAck}},
		{"not an errno", winsock.fromDial(net.UnknownNetworkError("x")), fact{look.Unknown, look.UnexpectedError}},

		{"UDP: port unreachable", winsock.fromReceive(wrapped("read", "wsarecv", 10054)), fact{look.Closed, look.PortUnreach}},
		{"UDP: port unreachable, as NT says it", winsock.fromReceive(wrapped("read", "wsarecv", 1234)), fact{look.Closed, look.PortUnreach}},
		{"UDP: port unreachable, heard when sending again", winsock.fromSend(wrapped("write", "wsasend", 10054)), fact{look.Closed, look.PortUnreach}},
		{"UDP: time to live expired", winsock.fromReceive(wrapped("read", "wsarecv", 10052)), fact{look.Filtered, "time-exceeded"}},
		{"UDP: silence", winsock.fromReceive(deadline), fact{look.OpenFiltered, look.NoResponse}},
		{"UDP: a firewall of our own", winsock.fromSend(wrapped("write", "wsasend", 10013)), fact{look.Unknown, look.PermDenied}},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.got, tt.want)
		}
	}
}

// TestUnix holds what systems other than Linux go by: errno alone.
func TestUnix(t *testing.T) {
	tests := []struct {
		what string
		got  fact
		want fact
	}{
		{"refused", system.fromDial(wrapped("dial", "connect", syscall.ECONNREFUSED)), fact{look.Closed, look.ConnRefused}},
		{"the kernel gives up", system.fromDial(wrapped("dial", "connect", syscall.ETIMEDOUT)), fact{look.Filtered, look.NoResponse}},
		{"host unreachable", system.fromDial(wrapped("dial", "connect", syscall.EHOSTUNREACH)), fact{look.Filtered, look.HostUnreach}},
		{"host down", system.fromDial(wrapped("dial", "connect", syscall.EHOSTDOWN)), fact{look.Filtered, look.HostUnreach}},
		{"no route", system.fromDial(wrapped("dial", "connect", syscall.ENETUNREACH)), fact{look.Unknown, look.NoRoute}},
		{"not our address", system.fromDial(wrapped("dial", "bind", syscall.EADDRNOTAVAIL)), fact{look.Unknown, look.BadSource}},
		{"no port left to bind", system.fromDial(wrapped("dial", "bind", syscall.EADDRINUSE)), fact{look.Unknown, look.NoLocalPort}},
		{"no port left", system.fromDial(wrapped("dial", "connect", syscall.EADDRNOTAVAIL)), fact{look.Unknown, look.NoLocalPort}},
		{"no descriptor", system.fromDial(wrapped("dial", "socket", syscall.EMFILE)), fact{look.Unknown, look.NoDescriptor}},
		{"UDP: port unreachable", system.fromReceive(wrapped("read", "read", syscall.ECONNREFUSED)), fact{look.Closed, look.PortUnreach}},
		{"UDP: host unreachable", system.fromReceive(wrapped("read", "read", syscall.EHOSTUNREACH)), fact{look.Filtered, look.HostUnreach}},
		{"UDP: a firewall of our own", system.fromSend(wrapped("write", "write", syscall.EPERM)), fact{look.Unknown, look.PermDenied}},
		{"UDP: the route is gone", system.fromSend(wrapped("write", "write", syscall.ENETUNREACH)), fact{look.Unknown, look.NoRoute}},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.got, tt.want)
		}
	}
}
