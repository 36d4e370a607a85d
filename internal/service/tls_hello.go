package service

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// OpenSSL and browsers take parameters of TLS that crypto/tls has not. A server that
// accepts nothing else is well, but no handshake with it succeeds here. So who ended a
// handshake because there was nothing in common is asked again with a ClientHello
// that offers these too (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2). What the
// server takes is read, and the handshake left there.

// Parameters that crypto/tls has not (IANA, "TLS Cipher Suites" and "TLS Supported
// Groups"), in OpenSSL's words.
var (
	widerCiphers = map[uint16]string{
		0x0033: "DHE-RSA-AES128-SHA", 0x0039: "DHE-RSA-AES256-SHA",
		0x003d: "AES256-SHA256", 0x0067: "DHE-RSA-AES128-SHA256", 0x006b: "DHE-RSA-AES256-SHA256",
		0x009e: "DHE-RSA-AES128-GCM-SHA256", 0x009f: "DHE-RSA-AES256-GCM-SHA384", 0xccaa: "DHE-RSA-CHACHA20-POLY1305",
		0xc024: "ECDHE-ECDSA-AES256-SHA384", 0xc028: "ECDHE-RSA-AES256-SHA384",
		0xc09c: "AES128-CCM", 0xc09d: "AES256-CCM", 0xc09e: "DHE-RSA-AES128-CCM", 0xc09f: "DHE-RSA-AES256-CCM",
		0xc0ac: "ECDHE-ECDSA-AES128-CCM", 0xc0ad: "ECDHE-ECDSA-AES256-CCM", 0x1304: "TLS_AES_128_CCM_SHA256",
		0x0041: "CAMELLIA128-SHA", 0x0084: "CAMELLIA256-SHA", 0xc076: "ECDHE-RSA-CAMELLIA128-SHA256", 0xc077: "ECDHE-RSA-CAMELLIA256-SHA384",
	}
	widerGroups = map[uint16]string{
		30: "X448", 26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1",
		256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096",
	}
	widerSignatures = map[uint16]string{
		0x0809: "RSA-PSS", 0x080a: "RSA-PSS", 0x080b: "RSA-PSS", 0x0808: "Ed448",
	}
)

// Types of messages (RFC 8446 section 4, RFC 5246 section 7.4) and extensions.
const (
	recordHandshake = 22
	serverHello     = 2
	serverKeys      = 12
	serverHelloDone = 14
	extServerName   = 0
	extGroups       = 10
	extSignatures   = 13
	extVersions     = 43
	extKeyShare     = 51
	x25519          = 29
	namedCurve      = 3
)

// widerTalk says what the server takes that crypto/tls has not. If that cannot be
// told, it is as the handshake said.
func widerTalk(s *session) error {
	f := fault{reason: look.TLSHandshake, detail: "alert: handshake failure"}
	hello, err := widerHello(s.target)
	if err != nil {
		return err
	}
	if err := s.send(string(hello)); err != nil {
		return err
	}
	if took := readTaken(s).lacking(); took != "" {
		f.detail = printable([]byte("it takes " + took + ", which we lack"))
	}
	return f
}

// widerHello is a record with a ClientHello.
func widerHello(t look.Target) ([]byte, error) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	var random [64]byte // and the session's name, which middleboxes want (RFC 8446 appendix D.4)
	_, _ = rand.Read(random[:])
	suites := []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256}
	suites = append(append(suites, ciphers...), keys(widerCiphers)...)
	var b cryptobyte.Builder
	b.AddUint8(recordHandshake)
	b.AddUint16(tls.VersionTLS10)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(1) // ClientHello
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint16(tls.VersionTLS12)
			b.AddBytes(random[:32])
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(random[32:]) })
			addUint16s(b, suites)
			b.AddBytes([]byte{1, 0}) // no compression
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addExtensions(b, t, key.PublicKey().Bytes()) })
		})
	})
	return b.Bytes()
}

func addExtensions(b *cryptobyte.Builder, t look.Target, share []byte) {
	name := string(t.Host)
	if t.TLS != nil && t.TLS.ServerName != "" {
		name = t.TLS.ServerName
	} else if _, isAddr := t.Host.Addr(); isAddr {
		name = ""
	}
	extension := func(number uint16, add func(*cryptobyte.Builder)) {
		b.AddUint16(number)
		b.AddUint16LengthPrefixed(add)
	}
	if name != "" {
		extension(extServerName, func(b *cryptobyte.Builder) { // RFC 6066 section 3
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(0)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
			})
		})
	}
	extension(extGroups, func(b *cryptobyte.Builder) { addUint16s(b, append([]uint16{x25519, 23, 24, 25}, keys(widerGroups)...)) })
	extension(extSignatures, func(b *cryptobyte.Builder) {
		addUint16s(b, append([]uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806, 0x0601, 0x0807, 0x0203, 0x0201}, keys(widerSignatures)...))
	})
	extension(extVersions, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint16(tls.VersionTLS13)
			b.AddUint16(tls.VersionTLS12)
		})
	})
	extension(extKeyShare, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint16(x25519)
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(share) })
		})
	})
}

func addUint16s(b *cryptobyte.Builder, numbers []uint16) {
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, n := range numbers {
			b.AddUint16(n)
		}
	})
}

// keys are those of a table in their order.
func keys(table map[uint16]string) []uint16 {
	var all []uint16
	for n := range table {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// taken is what a server took of a ClientHello; zero is not known.
type taken struct {
	version, cipher, group, signature uint16
}

// lacking names what crypto/tls has not of it, with the version; empty if that cannot
// be told.
func (t taken) lacking() string {
	version := "TLS 1.2"
	if t.version == tls.VersionTLS13 {
		version = "TLS 1.3"
	}
	switch {
	case t.cipher == 0: // it ended this handshake too
		return ""
	case widerCiphers[t.cipher] != "":
		return fmt.Sprintf("%s in %s", widerCiphers[t.cipher], version)
	case widerGroups[t.group] != "":
		return fmt.Sprintf("the group %s in %s", widerGroups[t.group], version)
	case widerSignatures[t.signature] != "":
		return fmt.Sprintf("a signature with %s in %s", widerSignatures[t.signature], version)
	case version == "TLS 1.3": // whose signature is encrypted, and nothing else is new to it
		return "a signature with RSA-PSS or Ed448 in " + version
	}
	return ""
}

// readTaken reads messages until all is there that is sent in clear.
func readTaken(s *session) (t taken) {
	var messages []byte
	for {
		head, err := s.read(5)
		if err != nil || head[0] != recordHandshake {
			return t
		}
		record, err := s.read(int(head[3])<<8 | int(head[4]))
		if err != nil {
			return t
		}
		messages = append(messages, record...)
		var over bool
		if messages, over = t.readMessages(messages); over {
			return t
		}
	}
}

// readMessages reads the whole messages that there are, and returns the rest. It is
// over when nothing more is to be learnt.
func (t *taken) readMessages(messages []byte) (rest []byte, over bool) {
	for {
		in := cryptobyte.String(messages)
		var kind uint8
		var body cryptobyte.String
		if !in.ReadUint8(&kind) || !in.ReadUint24LengthPrefixed(&body) {
			return messages, false
		}
		switch kind {
		case serverHello:
			if t.readHello(body) || t.version == tls.VersionTLS13 {
				return nil, true
			}
		case serverKeys:
			t.readKeys(body)
			return nil, true
		case serverHelloDone:
			return nil, true
		}
		messages = in
	}
}

// readHello reads a ServerHello, or a HelloRetryRequest, which has its form (RFC 8446
// section 4.1.3). It tells whether that is broken.
func (t *taken) readHello(in cryptobyte.String) (broken bool) {
	var session, extensions cryptobyte.String
	var compression uint8
	var cipher uint16
	if !in.ReadUint16(&t.version) || !in.Skip(32) || !in.ReadUint8LengthPrefixed(&session) || !in.ReadUint16(&cipher) || !in.ReadUint8(&compression) {
		return true
	}
	t.cipher = cipher
	return !in.Empty() && (!in.ReadUint16LengthPrefixed(&extensions) || t.readExtensions(extensions))
}

// readExtensions reads those of a ServerHello, and tells whether they are broken.
func (t *taken) readExtensions(in cryptobyte.String) (broken bool) {
	for !in.Empty() {
		var number uint16
		var body cryptobyte.String
		if !in.ReadUint16(&number) || !in.ReadUint16LengthPrefixed(&body) {
			return true
		}
		switch number {
		case extVersions:
			_ = body.ReadUint16(&t.version)
		case extKeyShare:
			_ = body.ReadUint16(&t.group)
		}
	}
	return false
}

// readKeys reads a ServerKeyExchange: over an elliptic curve it has the group and the
// signature in clear (RFC 8422 section 5.4).
func (t *taken) readKeys(in cryptobyte.String) {
	var kind uint8
	var point cryptobyte.String
	if !in.ReadUint8(&kind) || kind != namedCurve {
		return
	}
	_ = in.ReadUint16(&t.group) && in.ReadUint8LengthPrefixed(&point) && in.ReadUint16(&t.signature)
}
