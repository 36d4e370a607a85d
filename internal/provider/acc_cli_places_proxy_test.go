package provider_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// socks is a SOCKS5 proxy (RFC 1928) without credentials, at an address of this
// process. It connects to IPv4 addresses alone, and tells refused from open.
type socks struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	silent map[uint16]bool // ports at which it hears nothing
	ended  bool
}

func newSOCKS(t *testing.T) *socks {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &socks{listener: listener, conns: map[net.Conn]bool{}, silent: map[uint16]bool{}}
	s.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(s.end)
	return s
}

// end ends the proxy and its connections.
func (s *socks) end() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.ended = true
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// hold keeps conn for end.
func (s *socks) hold(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = true
	if s.ended {
		_ = conn.Close()
	}
}

func (s *socks) silence(port uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent[port] = true
}

func (s *socks) serve(client net.Conn) {
	s.hold(client)
	defer func() { _ = client.Close() }()
	to, ok := asked(client)
	s.mu.Lock()
	silent := s.silent[to.Port()]
	s.mu.Unlock()
	if !ok || silent {
		_, _ = io.Copy(io.Discard, client) // until it goes away
		return
	}
	answer := []byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	server, err := net.Dial("tcp", to.String())
	if err != nil {
		answer[1] = 5 // refused
		_, _ = client.Write(answer)
		return
	}
	s.hold(server)
	defer func() { _ = server.Close() }()
	_, _ = client.Write(answer)
	s.wg.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	_, _ = io.Copy(client, server)
}

// asked reads the address that a client asks for.
func asked(client net.Conn) (to netip.AddrPort, ok bool) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(client, head); err != nil {
		return to, false
	}
	if _, err := io.ReadFull(client, make([]byte, head[1])); err != nil {
		return to, false
	}
	_, _ = client.Write([]byte{5, 0})
	request := make([]byte, 10)
	if _, err := io.ReadFull(client, request); err != nil || request[1] != 1 || request[3] != 1 {
		return to, false
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(request[4:8])), binary.BigEndian.Uint16(request[8:])), true
}

// TestAccThroughAProxy: the whole way through a proxy. A port that is silent there
// alone is said to be filtered by source, a proxy that is gone is no drift, and
// nothing is left over.
func TestAccThroughAProxy(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for _, port := range []uint16{80, 443} { // which hold: an end at once may be the proxy's
			w.lab.Listen(at(port), porttest.Silent)
		}
		proxy := newSOCKS(t)
		config := func(arguments string) string {
			return strings.Replace(fromBoth(arguments), "127.0.0.1:9", proxy.listener.Addr().String(), 1)
		}
		w.write(config(""))
		w.apply().exits(0)
		if got := w.check(); got["passed"] != true || len(got["results"].(map[string]any)) != 4 || got["results"].(map[string]any)[from(tcp443, "vpc-a")] != "open" {
			t.Errorf("state has %v", got)
		}
		w.plan().exits(0).says("No changes.")
		proxy.silence(443)
		w.plan().exits(2).says("Warning: Port drift found while planning: tcp://198.51.100.1:443", "filtered-by-source", "vpc-a",
			`~ "tcp://198.51.100.1:443 from vpc-a" = "filtered" -> "open"`)
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:443", "filtered-by-source")
		proxy.end()
		w.plan().exits(2).says("Warning: Port check inconclusive while planning:", "vantage-failed")
		w.destroy().exits(0)
		if got := w.check(); got != nil {
			t.Errorf("state has %v", got)
		}
	})
}
