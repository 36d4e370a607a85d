package probe

import (
	"net/netip"
	"syscall"
	"testing"
)

func TestFromICMP(t *testing.T) {
	four, six := netip.MustParseAddr("192.0.2.254"), netip.MustParseAddr("2001:db8::fe")
	tests := []struct {
		from netip.Addr
		typ  uint8
		code uint8
		want Reason
	}{
		{four, 3, 0, "net-unreach"}, {four, 3, 1, "host-unreach"}, {four, 3, 2, "proto-unreach"}, {four, 3, 3, "port-unreach"},
		{four, 3, 5, "dest-unreach"}, {four, 3, 6, "dest-unreach"}, {four, 3, 9, "net-prohibited"}, {four, 3, 10, "host-prohibited"},
		{four, 3, 12, "dest-unreach"}, {four, 3, 13, "admin-prohibited"}, {four, 11, 0, "time-exceeded"}, {four, 12, 0, "param-problem"},
		{six, 1, 0, "no-route"}, {six, 1, 1, "admin-prohibited"}, {six, 1, 2, "beyond-scope"}, {six, 1, 3, "host-unreach"},
		{six, 1, 4, "port-unreach"}, {six, 1, 5, "admin-prohibited"}, {six, 1, 6, "reject-route"}, {six, 3, 0, "time-exceeded"},
		{six, 4, 1, "param-problem"}, {six, 1, 7, "dest-unreach"},
	}
	for _, tt := range tests {
		m := ICMP{tt.typ, tt.code, tt.from}
		if got := fromICMP(m); got != (fact{Filtered, tt.want}) {
			t.Errorf("%d/%d from %s: %v, want filtered %s", tt.typ, tt.code, tt.from, got, tt.want)
		}
		if got, want := m.HostUnreachable(), tt.want == "host-unreach"; got != want {
			t.Errorf("%d/%d from %s: host unreachable %v, want %v", tt.typ, tt.code, tt.from, got, want)
		}
	}
}

// TestOwnFaults: an error of our own system calls never says anything about a
// port, an error that the network gave always does.
func TestOwnFaults(t *testing.T) {
	for errno := range syscall.Errno(200) {
		if got := fromLocal(errno); got.state != Unknown {
			t.Errorf("%s at once: %v", errno, got)
		}
	}
	for errno, want := range connectErrnos {
		if got := fromConnect(errno); got != want || got.state == Unknown {
			t.Errorf("%s later: %v, want %v", errno, got, want)
		}
	}
	if got := fromConnect(syscall.EMFILE); got != (fact{Unknown, NoDescriptor}) {
		t.Errorf("EMFILE later: %v", got)
	}
}
