package porttest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// checkICMP connects to dst with the error queue on and checks the ICMP error
// that a rule at a place answers: its code and its sender.
func checkICMP(t *testing.T, what string, dst netip.AddrPort, at Place, code int) {
	t.Helper()
	gotType, gotCode, offender, err := icmpError(dst)
	wantType, wantFrom := 3, RouterAddr
	if dst.Addr().Is6() {
		wantType, wantFrom = 1, RouterAddr6
	}
	if at == Host {
		wantFrom = dst.Addr()
	}
	if err != nil || gotType != wantType || gotCode != code || offender != wantFrom {
		t.Errorf("%s: %s: got ICMP %d/%d from %s, error %v, want %d/%d from %s",
			what, dst, gotType, gotCode, offender, err, wantType, code, wantFrom)
	}
}

func icmpError(dst netip.AddrPort) (icmpType, code int, offender netip.Addr, err error) {
	family, level, option := unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVERR
	var sa unix.Sockaddr = &unix.SockaddrInet6{Port: int(dst.Port()), Addr: dst.Addr().As16()}
	if dst.Addr().Is4() {
		family, level, option = unix.AF_INET, unix.IPPROTO_IP, unix.IP_RECVERR
		sa = &unix.SockaddrInet4{Port: int(dst.Port()), Addr: dst.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, 0, offender, err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, level, option, 1); err != nil {
		return 0, 0, offender, err
	}
	_ = unix.Connect(fd, sa) // It is in progress, or the error is in the queue.
	err = unix.EINTR
	for errors.Is(err, unix.EINTR) {
		_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, int(patience.Milliseconds()))
	}
	if err != nil {
		return 0, 0, offender, err
	}
	control := make([]byte, 512)
	_, n, _, _, err := unix.Recvmsg(fd, make([]byte, 512), control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	if err != nil {
		return 0, 0, offender, fmt.Errorf("error queue: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) == 0 {
		return 0, 0, offender, fmt.Errorf("control messages %v: %w", messages, err)
	}
	// struct sock_extended_err (linux/errqueue.h), then the offender's sockaddr.
	data := messages[0].Data
	icmpType, code = int(data[5]), int(data[6])
	if binary.NativeEndian.Uint16(data[16:]) == unix.AF_INET {
		return icmpType, code, netip.AddrFrom4([4]byte(data[20:24])), nil
	}
	return icmpType, code, netip.AddrFrom16([16]byte(data[24:40])), nil
}
