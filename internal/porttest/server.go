package porttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// Behaviour is what a server does with the connections that it accepts.
type Behaviour string

const (
	// AcceptClose closes at once, politely: the client reads an end of file. One
	// that has already sent something may get a reset instead.
	AcceptClose Behaviour = "accept, then close"
	// Silent says nothing and holds the connection until the server is closed.
	Silent Behaviour = "accept, then be silent"
	// Reset closes at once with a reset. The client may see it while it still
	// connects.
	Reset Behaviour = "accept, then reset"
)

// Server is a TCP service. Its methods are safe for concurrent use.
type Server struct {
	listener  net.Listener
	addr      netip.AddrPort
	behaviour Behaviour
	accepted  atomic.Int64
	ended     chan struct{}
}

// Listen starts a TCP service in the server's namespace until it or the lab is
// closed. Port 0 stands for any free one. It fails when the address is not the
// server's or the port is taken.
func (l *Lab) Listen(addr netip.AddrPort, behaviour Behaviour) *Server {
	var server *Server
	err := l.server.do(func() error {
		var err error
		server, err = listen(addr, behaviour)
		return err
	})
	l.check("listen", err)
	l.servers = append(l.servers, server)
	return server
}

// Listen starts a TCP service on a free port of 127.0.0.1 for the rest of the
// test. It needs no lab.
func Listen(tb testing.TB, behaviour Behaviour) *Server {
	tb.Helper()
	server, err := listen(netip.MustParseAddrPort("127.0.0.1:0"), behaviour)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// ClosedPort returns a port of 127.0.0.1 that refuses connections: a moment ago
// it was bound and nobody else had it. The system could give it away again, which
// it does not do soon.
func ClosedPort(tb testing.TB) netip.AddrPort {
	tb.Helper()
	server := Listen(tb, AcceptClose)
	if err := server.Close(); err != nil {
		tb.Fatal(err)
	}
	return server.Addr()
}

// listen opens the socket on the calling thread, which decides the namespace.
func listen(addr netip.AddrPort, behaviour Behaviour) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", addr.String())
	if err != nil {
		return nil, err
	}
	bound, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", addr, err), listener.Close())
	}
	s := &Server{listener: listener, addr: bound, behaviour: behaviour, ended: make(chan struct{})}
	go s.serve()
	return s, nil
}

// Addr returns where the service listens, with the port that it really has.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Accepted returns how many connections the service has accepted so far. A
// client may know of its connection a moment before the service does.
func (s *Server) Accepted() int { return int(s.accepted.Load()) }

// Close stops the service, so that its port refuses, closes the connections
// that it holds, and waits until all that is done. A second call only waits.
func (s *Server) Close() error {
	err := s.listener.Close()
	<-s.ended
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) serve() {
	defer close(s.ended)
	var held []net.Conn
	defer func() {
		for _, conn := range held {
			_ = conn.Close() // it is over either way
		}
	}()
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of descriptors, most likely: the rest of the test frees some.
			time.Sleep(10 * time.Millisecond)
			continue
		}
		s.accepted.Add(1)
		if s.behaviour == Silent {
			held = append(held, conn)
			continue
		}
		if tcp, ok := conn.(*net.TCPConn); ok && s.behaviour == Reset {
			tcp.SetLinger(0) //nolint:errcheck // A closed socket is reset already.
		}
		_ = conn.Close() // the client may have closed first
	}
}
