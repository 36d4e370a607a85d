package service

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// said is a connection of which all that will ever come is there.
type said struct{ io.Reader }

func (said) Write(p []byte) (int, error)      { return len(p), nil }
func (said) Close() error                     { return nil }
func (said) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40404} }
func (said) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }
func (said) SetDeadline(time.Time) error      { return nil }
func (said) SetReadDeadline(time.Time) error  { return nil }
func (said) SetWriteDeadline(time.Time) error { return nil }

func heard(scheme endpoint.Scheme, data []byte) *session {
	at := look.Target{Scheme: scheme, Addr: netip.MustParseAddrPort("127.0.0.1:443"), Host: "localhost"}
	return newSession(said{bytes.NewReader(data)}, at, time.Now().Add(time.Minute))
}

// FuzzTalk has a server say anything to each scheme, asked in each of its ways: what comes of it is a state
// and text that can be shown.
func FuzzTalk(f *testing.F) {
	seeds := []string{
		"220-mx.example.com ESMTP\r\n220 ready\r\n", "220 mx ESMTP\r\n250 STARTTLS\r\n", "* OK IMAP4rev1\r\n", "+OK\r\n", "-ERR\r\n",
		"INFO {\"a\":1}\r\n", "VERSION 1.6.18\r\n", "+PONG\r\n", "-NOAUTH x\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 x\r\n\r\n",
		"N", "S", "E\x00\x00\x00\x0eC57P03\x00\x00", "EFATAL\n\x00",
		"\x10\x00\x00\x00\x0a8.4.0\x00\x01\x00\x00\x00abcdefgh\x00", "\x05\x00\x00\x00\xff\x10\x04no",
		"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00", "\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x65\x07\x0a\x01\x34\x04\x00\x04\x00",
		"AMQP\x00\x01\x00\x00", "\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce", "\x20\x02\x00\x05",
		"\x00\x00\x00\x0aport\x00\x00\x00\x00\x00\x00", "\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x10\x00\x00\x00\x00\x00\x00",
		"\x1a\x00\x00\x00abcdport\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00",
		"SIP/2.0 100 Trying\r\nl: 1\r\n\r\nxSIP/2.0 200 OK\r\n\r\n", "SIP/2.0 503 no\r\nContent-Length: 0\r\n\r\n",
		"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:features/>",
		"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:error><reset/><text>no</text></stream:error>",
		"AB\x00\x01\x09", "\x84\x00pc\x06\x00\x00\x00\x02\x00\x00", "\x84\x00pc\x00\x00\x00\x00\x06\x00\x00\x10\x01\x00\x00",
		"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", "\x00\x0c\x00\x00\x81\x85\x00\x00\x00\x00\x00\x00\x00\x00",
		"@RSYNCD: 31.0 sha512\n", "@ERROR: no\n", "\x05\x00", "\x05\xff", "RFB 003.008\n\x01\x02", "RFB 003.003\n\x00\x00\x00\x00\x00\x00\x00\x02no", "\x83\x00\x00\x01\x81", "\x00\x00\x00\x40\xfeSMB\x40\x00" + strings.Repeat("\x00", 10) + "\x01" + strings.Repeat("\x00", 47),
		"\x81\x0b" + strings.Repeat("\x00", 22),
		"\x15\x03\x01\x00\x02\x02\x46", "\x1b[2J\x00\xff",
	}
	number := len(endpoint.Infos())
	for i := range number {
		for _, seed := range seeds {
			f.Add(uint8(i), []byte(seed))
			f.Add(uint8(i+(127/number+1)*number), []byte(seed)) // the last way
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		info := endpoint.Infos()[int(which)%len(endpoint.Infos())]
		if !info.Scheme.Service() || info.Scheme == endpoint.TLS || strings.HasPrefix(string(info.Scheme), "grpc") { // grpc-go takes its time
			return
		}
		ways := services[info.Scheme]
		how := ways[0]
		if which >= 128 {
			how = ways[len(ways)-1]
		}
		var err error
		s := heard(info.Scheme, data)
		if how.ask != nil {
			_, judge := how.ask(s.target)
			err = judge(data)
		} else {
			err = how.talk(s)
		}
		fault := s.hint(faultOf(err, s.head()))
		if fault == nil {
			return
		}
		if fault.reason == "" || len(fault.detail) > maxDetail {
			t.Errorf("%s: reason %q, %q", info.Scheme, fault.reason, fault.detail)
		}
		for _, c := range []byte(fault.detail) {
			if c < ' ' || c > '~' {
				t.Errorf("%s: %q cannot be shown", info.Scheme, fault.detail)
			}
		}
	})
}

// endless is a server that never stops.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	e.read += len(p)
	return len(p), nil
}

// TestBounded: of a server that never stops, no more than 64 KiB are read.
func TestBounded(t *testing.T) {
	for _, info := range endpoint.Infos() {
		if !info.Scheme.Service() {
			continue
		}
		how := services[info.Scheme][0]
		if how.talk == nil || info.Scheme == endpoint.TLS || strings.HasPrefix(string(info.Scheme), "grpc") {
			continue
		}
		source := &endless{}
		s := newSession(said{source}, look.Target{Scheme: info.Scheme, Addr: netip.MustParseAddrPort("127.0.0.1:443"), Host: "localhost"}, time.Now().Add(time.Minute))
		err := how.talk(s)
		if source.read > maxAnswer {
			t.Errorf("%s: read %d bytes", info.Scheme, source.read)
		}
		if f := faultOf(err, s.head()); f == nil || f.reason != look.WrongProtocol {
			t.Errorf("%s: %+v", info.Scheme, f)
		}
		if how.tls {
			source = &endless{}
			s = newSession(said{source}, s.target, s.deadline)
			if err := s.startTLS(how.alpn); err == nil || source.read > maxAnswer {
				t.Errorf("%s: %v, read %d bytes", info.Scheme, err, source.read)
			}
		}
	}
	if _, err := heard(endpoint.HTTP, nil).read(maxAnswer + 1); !errors.Is(err, errTooLong) {
		t.Errorf("an answer that is too long: %v", err)
	}
}

// TestServices: each scheme of a service has one way to be asked, and no other
// scheme has.
func TestServices(t *testing.T) {
	for _, info := range endpoint.Infos() {
		ways := services[info.Scheme]
		if (len(ways) > 0) != info.Scheme.Service() {
			t.Errorf("%s has %d ways", info.Scheme, len(ways))
		}
		for _, how := range ways {
			if (how.talk != nil) != (info.Transport == endpoint.TCP) || (how.ask != nil) != (info.Transport == endpoint.UDP) || how.tls && !info.Certificate {
				t.Errorf("%s: %+v", info.Scheme, how)
			}
		}
	}
	if len(services) != len(endpoint.Infos())-2 {
		t.Errorf("%d services, %d schemes", len(services), len(endpoint.Infos()))
	}
}

// gone is a server that spoke and then reset the connection: all that is said to
// it comes too late.
type gone struct{ said }

func (gone) Write([]byte) (int, error) { return 0, syscall.ECONNRESET }

// TestFarewell: that a server did not wait for our farewell is no fault of the
// service, which has spoken.
func TestFarewell(t *testing.T) {
	for scheme, greeting := range map[endpoint.Scheme]string{
		endpoint.SMTP: "220 mx ESMTP\r\n", endpoint.FTP: "220 ready\r\n", endpoint.IMAP: "* OK IMAP4\r\n", endpoint.POP3: "+OK\r\n", endpoint.SSH: "SSH-2.0-x\r\n",
		endpoint.HTTP: "HTTP/1.1 200 OK\r\n\r\n",
	} {
		at := look.Target{Scheme: scheme, Addr: netip.MustParseAddrPort("127.0.0.1:443"), Host: "localhost"}
		s := newSession(gone{said{strings.NewReader(greeting)}}, at, time.Now().Add(time.Minute))
		if err := services[scheme][0].talk(s); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// TestMissingBody: the status of an answer is enough, so that a body which does
// not come is not waited for.
func TestMissingBody(t *testing.T) {
	for _, status := range []string{"200 OK", "400 Bad Request"} {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			go func() {
				_, _ = server.Read(make([]byte, 1024))
				_, _ = io.WriteString(server, "HTTP/1.1 "+status+"\r\nContent-Length: 9\r\n\r\n")
			}()
			r := look.Result{Start: time.Now()}
			at := look.Target{Scheme: endpoint.HTTP, Addr: netip.MustParseAddrPort("127.0.0.1:80"), Host: "localhost"}
			next := Converse(t.Context(), client, at, 0, r.Start.Add(time.Minute), &r)
			if took := time.Since(r.Start); r.State != look.Open && !next || took != lingering {
				t.Errorf("%s: %s %s after %s, want an answer after %s", status, r.State, r.Reason, took, lingering)
			}
		})
	}
}
