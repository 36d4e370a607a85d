package service_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// answersDNS is what a name server says to query that fails for those who do not
// want recursion, and for the others if broken.
func answersDNS(query []byte, broken bool) []byte {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil {
		return nil
	}
	header.Response = true
	if broken || !header.RecursionDesired {
		header.RCode = dnsmessage.RCodeServerFailure
	}
	answer, _ := (&dnsmessage.Message{Header: header}).Pack() // a header can be packed
	return answer
}

func dnsOverUDP(t *testing.T, broken bool) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		query := make([]byte, 512)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(query)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(answersDNS(query[:n], broken), from)
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func dnsOverTCP(t *testing.T, broken bool) netip.AddrPort {
	t.Helper()
	return serveEach(t, func(conn net.Conn) {
		var length uint16
		_ = binary.Read(conn, binary.BigEndian, &length)
		query := make([]byte, length)
		_, _ = io.ReadFull(conn, query)
		answer := answersDNS(query, broken)
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}, nil)
}

// TestServerFailure: a name server that fails without recursion is asked with it,
// and only then taken for one that cannot serve.
func TestServerFailure(t *testing.T) {
	for scheme, serve := range map[endpoint.Scheme]func(*testing.T, bool) netip.AddrPort{endpoint.DNS: dnsOverUDP, endpoint.DNSTCP: dnsOverTCP} {
		if r := lookAtPlain(t, scheme, serve(t, false)); r.Reason != look.ServiceResponse {
			t.Errorf("%s with recursion: %s %s %q", scheme, r.State, r.Reason, r.Detail)
		}
		if r := lookAtPlain(t, scheme, serve(t, true)); r.Reason != look.Unavailable || r.Detail != "SERVFAIL" {
			t.Errorf("%s that fails: %s %s %q", scheme, r.State, r.Reason, r.Detail)
		}
	}
}
