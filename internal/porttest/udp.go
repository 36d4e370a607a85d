package porttest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// UDPBehaviour says whether a UDP service answers the nth datagram, from 1, of
// a source address. An answer is the datagram itself.
type UDPBehaviour func(nth int) bool

// Echo answers every datagram.
func Echo(int) bool { return true }

// Mute reads datagrams and never answers.
func Mute(int) bool { return false }

// AnswerNth answers only the nth datagram of each source address, whatever the
// source port: a client that sends often enough gets one answer.
func AnswerNth(nth int) UDPBehaviour {
	return func(n int) bool { return n == nth }
}

// UDPServer is a UDP service. Its methods are safe for concurrent use.
type UDPServer struct {
	socket    *net.UDPConn
	addr      netip.AddrPort
	behaviour UDPBehaviour
	received  atomic.Int64
	ended     chan struct{}
}

// ListenUDP starts a UDP service in the server's namespace until it or the lab
// is closed. Port 0 stands for any free one. The address is one of the server's
// and not the unspecified one: answers come from the address that was asked.
func (l *Lab) ListenUDP(addr netip.AddrPort, behaviour UDPBehaviour) *UDPServer {
	return listenInLab(l, listenUDP, addr, behaviour)
}

// ListenUDP starts a UDP service on a free port of 127.0.0.1 for the rest of the
// test. It needs no lab.
func ListenUDP(tb testing.TB, behaviour UDPBehaviour) *UDPServer {
	tb.Helper()
	return listenForTest(tb, listenUDP, netip.MustParseAddrPort("127.0.0.1:0"), behaviour)
}

// listenUDP opens the socket on the calling thread, which decides the namespace.
func listenUDP(addr netip.AddrPort, behaviour UDPBehaviour) (*UDPServer, error) {
	if !addr.Addr().IsValid() || addr.Addr().IsUnspecified() {
		return nil, fmt.Errorf("listen on UDP %s: expected one address", addr)
	}
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, err
	}
	// As much as the system allows: by default some 270 small datagrams that
	// arrive at once fill the buffer, and the rest is lost.
	err = socket.SetReadBuffer(4 << 20)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on UDP %s: %w", addr, err), socket.Close())
	}
	bound, err := netip.ParseAddrPort(socket.LocalAddr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on UDP %s: %w", addr, err), socket.Close())
	}
	s := &UDPServer{socket: socket, addr: bound, behaviour: behaviour, ended: make(chan struct{})}
	go s.serve()
	return s, nil
}

// Addr returns where the service listens, with the port that it really has.
func (s *UDPServer) Addr() netip.AddrPort { return s.addr }

// Received returns how many datagrams have arrived so far. A datagram is counted
// before it is answered.
func (s *UDPServer) Received() int { return int(s.received.Load()) }

// Close stops the service, so that its port is unreachable, and waits until that
// is done. A second call only waits.
func (s *UDPServer) Close() error {
	err := s.socket.Close()
	<-s.ended
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *UDPServer) serve() {
	defer close(s.ended)
	from := map[netip.Addr]int{}
	buffer := make([]byte, 1<<16) // no datagram is larger
	for {
		n, source, err := s.socket.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Windows reports here that nobody took an earlier answer.
			time.Sleep(time.Millisecond)
			continue
		}
		s.received.Add(1)
		from[source.Addr()]++
		if s.behaviour(from[source.Addr()]) {
			// The client may have gone, or the firewall may not let it out.
			_, _ = s.socket.WriteToUDPAddrPort(buffer[:n], source)
		}
	}
}
