package service

import (
	"bufio"
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// TestPayloads holds every datagram to its protocol's format, as far as a
// parser that knows nothing of payloads.go can.
func TestPayloads(t *testing.T) {
	tests := map[uint16]func(*testing.T, []byte){
		53: func(t *testing.T, b []byte) { wellFormedDNS(t, b, "localhost.", dnsmessage.TypeA) },
		69: func(t *testing.T, b []byte) {
			if !bytes.HasPrefix(b, []byte{0, 1}) || !slices.Equal(strings.Split(string(b[2:]), "\x00"), []string{"portcheck", "octet", ""}) {
				t.Errorf("%q", b)
			}
		},
		123: func(t *testing.T, b []byte) {
			if len(b) != 48 || b[0]>>6 != 0 || b[0]>>3&7 != 4 || b[0]&7 != 3 {
				t.Errorf("%d octets: %x", len(b), b)
			}
		},
		137:  wellFormedNetBIOS,
		161:  wellFormedSNMP,
		443:  wellFormedQUIC,
		500:  wellFormedIKE,
		1194: func(t *testing.T, b []byte) { begins(t, b, 14, "\x38") },
		1812: wellFormedRADIUS,
		3478: func(t *testing.T, b []byte) { begins(t, b, 20, "\x00\x01\x00\x00\x21\x12\xa4\x42") },
		4500: func(t *testing.T, b []byte) {
			if !bytes.Equal(b[:4], make([]byte, 4)) || !bytes.Equal(b[4:], udpPayload(500)) {
				t.Errorf("%x", b)
			}
		},
		5060: wellFormedSIP,
		5353: func(t *testing.T, b []byte) {
			wellFormedDNS(t, b, "_services._dns-sd._udp.local.", dnsmessage.TypePTR)
		},
		5683: func(t *testing.T, b []byte) { begins(t, b, 4, "\x40\x00") },
		11211: func(t *testing.T, b []byte) {
			if len(b) < 8 || !bytes.Equal(b[2:8], []byte{0, 0, 0, 1, 0, 0}) || string(b[8:]) != "version\r\n" {
				t.Errorf("%q", b)
			}
		},
	}
	for port, p := range udpPayloads() {
		t.Run(p.protocol, func(t *testing.T) {
			b := udpPayload(port)
			// 1200 octets and headers fit into the smallest MTU of IPv6.
			if len(b) == 0 || len(b) > 1200 {
				t.Fatalf("%d octets", len(b))
			}
			wellFormed, ok := tests[port]
			if !ok {
				t.Fatal("has no test")
			}
			wellFormed(t, b)
		})
		delete(tests, port)
	}
	for port := range tests {
		t.Errorf("port %d has no payload", port)
	}
	if b := udpPayload(9); b != nil {
		t.Errorf("to a port of no known protocol: %x", b)
	}
}

// begins checks protocols whose request is of a fixed length.
func begins(t *testing.T, b []byte, length int, prefix string) {
	t.Helper()
	if len(b) != length || !bytes.HasPrefix(b, []byte(prefix)) {
		t.Errorf("%x: want %d octets that begin with %x", b, length, prefix)
	}
}

func wellFormedDNS(t *testing.T, b []byte, name string, qtype dnsmessage.Type) {
	t.Helper()
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		t.Fatal(err)
	}
	if packed, err := m.Pack(); err != nil || !bytes.Equal(packed, b) {
		t.Errorf("packs to %x, %v", packed, err)
	}
	want := dnsmessage.Question{Name: dnsmessage.MustNewName(name), Type: qtype, Class: dnsmessage.ClassINET}
	if m.Response || m.OpCode != 0 || m.RecursionDesired || !slices.Equal(m.Questions, []dnsmessage.Question{want}) {
		t.Error(m.GoString())
	}
}

func wellFormedNetBIOS(t *testing.T, b []byte) {
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		t.Fatal(err)
	}
	if m.Response || m.OpCode != 0 || len(m.Questions) != 1 || m.Questions[0].Type != 0x21 || m.Questions[0].Class != dnsmessage.ClassINET {
		t.Fatal(m.GoString())
	}
	label := strings.TrimSuffix(m.Questions[0].Name.String(), ".")
	var name []byte
	for pair := range slices.Chunk([]byte(label), 2) {
		name = append(name, (pair[0]-'A')<<4|pair[1]-'A')
	}
	if string(name) != "*"+strings.Repeat("\x00", 15) {
		t.Errorf("name %q", name)
	}
}

func wellFormedSNMP(t *testing.T, b []byte) {
	var message struct {
		Version int
		Header  struct {
			ID, MaxSize int
			Flags       []byte
			Model       int
		}
		Security []byte
		Scoped   struct {
			Engine, Context []byte
			PDU             struct {
				ID, Status, Index int
				Bindings          []asn1.RawValue
			} `asn1:"tag:0"`
		}
	}
	if rest, err := asn1.Unmarshal(b, &message); err != nil || len(rest) > 0 {
		t.Fatalf("%v, %d octets left", err, len(rest))
	}
	if message.Version != 3 || message.Header.MaxSize < 484 || message.Header.Model != 3 || !bytes.Equal(message.Header.Flags, []byte{4}) ||
		len(message.Scoped.PDU.Bindings) > 0 {
		t.Errorf("%+v", message)
	}
	var security struct {
		Engine           []byte
		Boots, Time      int
		User, Auth, Priv []byte
	}
	if rest, err := asn1.Unmarshal(message.Security, &security); err != nil || len(rest) > 0 {
		t.Fatalf("%v, %d octets left", err, len(rest))
	}
	if len(security.Engine)+security.Boots+security.Time+len(security.User)+len(security.Auth)+len(security.Priv) > 0 {
		t.Errorf("%+v", security)
	}
}

func wellFormedQUIC(t *testing.T, b []byte) {
	if len(b) != 1200 || b[0]&0x80 == 0 || binary.BigEndian.Uint32(b[1:])&0x0f0f0f0f != 0x0a0a0a0a {
		t.Fatalf("%d octets: %x", len(b), b[:5])
	}
	// A server that knows QUIC version 1 drops longer identifiers.
	destination := int(b[5])
	if source := int(b[6+destination]); destination < 8 || destination > 20 || source > 20 {
		t.Errorf("connection IDs of %d and %d octets", destination, source)
	}
}

func wellFormedIKE(t *testing.T, b []byte) {
	if len(b) < 28 || int(binary.BigEndian.Uint32(b[24:])) != len(b) {
		t.Fatalf("%d octets: %x", len(b), b)
	}
	if b[17] != 0x20 || b[18] != 34 || b[19] != 8 || binary.BigEndian.Uint64(b) == 0 || binary.BigEndian.Uint64(b[8:]) != 0 {
		t.Errorf("header %x", b[:28])
	}
	next, rest := b[16], b[28:]
	var seen []byte
	for next != 0 {
		length := int(binary.BigEndian.Uint16(rest[2:]))
		body := rest[4:length]
		switch seen = append(seen, next); next {
		case 33:
			wellFormedProposal(t, body)
		case 34:
			if len(body) != 4+32 || binary.BigEndian.Uint16(body) != 31 {
				t.Errorf("KE %x", body)
			}
		case 40:
			if len(body) < 16 || len(body) > 256 {
				t.Errorf("nonce %x", body)
			}
		}
		next, rest = rest[0], rest[length:]
	}
	if !slices.Equal(seen, []byte{33, 34, 40}) || len(rest) > 0 {
		t.Errorf("payloads %d, %d octets left", seen, len(rest))
	}
}

func wellFormedProposal(t *testing.T, b []byte) {
	t.Helper()
	if int(binary.BigEndian.Uint16(b[2:])) != len(b) || b[0] != 0 || b[5] != 1 || b[6] != 0 {
		t.Fatalf("proposal %x", b)
	}
	var kinds []byte
	for transform := range slices.Chunk(b[8:], 8) {
		last := len(kinds) == int(b[7])-1
		if binary.BigEndian.Uint16(transform[2:]) != 8 || (transform[0] == 0) != last {
			t.Errorf("transform %x", transform)
		}
		kinds = append(kinds, transform[4])
	}
	if !slices.Equal(kinds, []byte{1, 2, 3, 4}) || int(b[7]) != len(kinds) {
		t.Errorf("transforms of types %d, %d announced", kinds, b[7])
	}
}

func wellFormedRADIUS(t *testing.T, b []byte) {
	if len(b) < 20 || b[0] != 1 || int(binary.BigEndian.Uint16(b[2:])) != len(b) {
		t.Fatalf("%d octets: %x", len(b), b)
	}
	var kinds []byte
	for rest := b[20:]; len(rest) > 0; rest = rest[rest[1]:] {
		if rest[1] < 3 {
			t.Fatalf("attribute %x", rest)
		}
		kinds = append(kinds, rest[0])
	}
	// Neither a user's name nor a password: it is not a login.
	if !slices.Equal(kinds, []byte{32, 24}) {
		t.Errorf("attributes %d", kinds)
	}
}

func wellFormedSIP(t *testing.T, b []byte) {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(b)))
	line, err := r.ReadLine()
	if err != nil || line != "OPTIONS sip:portcheck.invalid SIP/2.0" {
		t.Errorf("%q, %v", line, err)
	}
	header, err := r.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"} {
		if header.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	if !strings.Contains(header.Get("Via"), ";branch=z9hG4bKportcheck;rport") || !strings.Contains(header.Get("From"), ";tag=") || header.Get("CSeq") != "1 OPTIONS" {
		t.Errorf("%v", header)
	}
	if left, err := r.R.Peek(1); err == nil {
		t.Errorf("%q after the header", left)
	}
}
