package porttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
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
	// Slow sends one byte a second, the first at once, until the client or the
	// server goes.
	Slow Behaviour = "accept, then send slowly"
	// Page sends 4,000 bytes, which is some packets, the last of them smaller, and
	// holds the connection as Silent does.
	Page Behaviour = "accept, then send a page"
	// Endless sends as fast as the client reads until the client or the server
	// goes.
	Endless Behaviour = "accept, then send without end"
	// Hung never accepts and has a queue for one connection, in which Linux puts
	// two. Later clients get no answer. Linux only.
	Hung Behaviour = "do not accept"
)

// Server is a TCP service. Its methods are safe for concurrent use.
type Server struct {
	listener  net.Listener
	addr      netip.AddrPort
	behaviour Behaviour
	accepted  atomic.Int64
	next      atomic.Pointer[chan struct{}]
	closing   context.CancelFunc
	ended     chan struct{}
}

// Listen starts a TCP service in the server's namespace until it or the lab is
// closed. Port 0 stands for any free one. It fails when the address is not the
// server's or the port is taken.
func (l *Lab) Listen(addr netip.AddrPort, behaviour Behaviour) *Server {
	return listenInLab(l, listen, addr, behaviour)
}

// Listen starts a TCP service on a free port of 127.0.0.1 for the rest of the
// test. It needs no lab.
func Listen(tb testing.TB, behaviour Behaviour) *Server {
	tb.Helper()
	return listenForTest(tb, listen, netip.MustParseAddrPort("127.0.0.1:0"), behaviour)
}

// ListenEverywhere is Listen on all IPv4 addresses of this machine, which are all of
// 127.0.0.0/8 among others.
func ListenEverywhere(tb testing.TB, behaviour Behaviour) *Server {
	tb.Helper()
	return listenForTest(tb, listen, netip.MustParseAddrPort("0.0.0.0:0"), behaviour)
}

// listenInLab starts a service in the server's namespace, and closes it with the lab.
func listenInLab[S io.Closer, B any](l *Lab, listen func(netip.AddrPort, B) (S, error), addr netip.AddrPort, behaviour B) S {
	var server S
	err := l.server.do(func() (err error) {
		server, err = listen(addr, behaviour)
		return err
	})
	l.check("listen", err)
	l.closers = append(l.closers, server)
	return server
}

// listenForTest starts a service, and closes it with the test.
func listenForTest[S io.Closer, B any](tb testing.TB, listen func(netip.AddrPort, B) (S, error), addr netip.AddrPort, behaviour B) S {
	tb.Helper()
	server, err := listen(addr, behaviour)
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
// it was bound to a server that is closed now. The system gives such a port to
// somebody else only after a while.
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
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{listener: listener, addr: bound, behaviour: behaviour, closing: cancel, ended: make(chan struct{})}
	if behaviour != Hung {
		go s.serve(ctx)
		return s, nil
	}
	close(s.ended)
	if err := shortenQueue(listener); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", addr, err), s.Close())
	}
	return s, nil
}

// Addr returns where the service listens, with the port that it really has.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Accepted returns how many connections the service has accepted so far. A
// client may know of its connection a moment before the service does.
func (s *Server) Accepted() int { return int(s.accepted.Load()) }

// NextClient returns a channel that is closed when the service accepts its next
// connection. A later call takes the place of an earlier one, whose channel stays
// open.
func (s *Server) NextClient() <-chan struct{} {
	next := make(chan struct{})
	s.next.Store(&next)
	return next
}

// Close stops the service, so that its port refuses, closes the connections
// that it holds, and waits until all that is done. A second call only waits.
func (s *Server) Close() error {
	s.closing()
	err := s.listener.Close()
	<-s.ended
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// outOfDescriptors is how long a server waits where it cannot accept, most likely for
// want of descriptors: the rest of the test frees some.
const outOfDescriptors = 10 * time.Millisecond

// took notes that a connection was accepted.
func (s *Server) took() {
	s.accepted.Add(1)
	if next := s.next.Swap(nil); next != nil {
		close(*next)
	}
}

func (s *Server) serve(ctx context.Context) {
	defer close(s.ended)
	if s.behaviour == AcceptClose {
		acceptAndClose(ctx, s.listener, s.took)
		return
	}
	var held []net.Conn
	var senders sync.WaitGroup
	defer func() {
		for _, conn := range held {
			_ = conn.Close() // it is over either way
		}
		senders.Wait()
	}()
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(outOfDescriptors)
			continue
		}
		s.took()
		switch s.behaviour {
		case Silent:
			held = append(held, conn)
		case Page:
			held = append(held, conn)
			_, _ = conn.Write(make([]byte, 4000)) // into the buffer of the socket
		case Slow, Endless:
			held = append(held, conn)
			senders.Go(func() { send(ctx, conn, s.behaviour) })
		case Reset:
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0) //nolint:errcheck // A closed socket is reset already.
			}
			_ = conn.Close() // the client may have closed first
		case AcceptClose, Hung: // nobody comes here for them
		}
	}
}

// send sends zeros to one client until it goes or ctx ends.
func send(ctx context.Context, conn net.Conn, behaviour Behaviour) {
	defer conn.Close()
	block, pause := make([]byte, 1<<16), time.Duration(0)
	if behaviour == Slow {
		block, pause = block[:1], time.Second
	}
	for {
		if _, err := conn.Write(block); err != nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}
