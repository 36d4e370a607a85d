package service

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// FuzzTaken has a server answer a ClientHello with anything.
func FuzzTaken(f *testing.F) {
	const hello = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + "01234567890123456789012345678901" + "\x00\x00\x9f\x00"
	f.Add([]byte(hello))
	f.Add([]byte(hello + "\x16\x03\x03\x00\x04\x0e\x00\x00\x00"))
	f.Add([]byte("\x16\x03\x03\x00\x0c\x0c\x00\x00\x08\x03\x00\x1e\x00\x08\x09\x00\x00"))
	f.Add([]byte("\x15\x03\x03\x00\x02\x02\x28"))
	f.Add([]byte("\x16\x03\x03\x00\x00\x16\x03\x03\x00\x01\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if took := readTaken(heard(endpoint.TLS, data)).lacking(); len(took) > maxDetail {
			t.Errorf("%q is too long", took)
		}
	})
}

// TestTaken: what is in clear is read, in however many records it comes.
func TestTaken(t *testing.T) {
	const body = "\x02\x00\x00\x26\x03\x03" + "01234567890123456789012345678901" + "\x00\xc0\x2f\x00" + "\x0c\x00\x00\x07\x03\x00\x1e\x01x\x08\x04"
	for _, size := range []int{1, 5, len(body)} {
		var records []byte
		for rest := body; rest != ""; rest = rest[min(size, len(rest)):] {
			piece := rest[:min(size, len(rest))]
			records = append(append(records, 22, 3, 3, 0, byte(len(piece))), piece...)
		}
		if got, want := readTaken(heard(endpoint.TLS, records)), (taken{version: 0x303, cipher: 0xc02f, group: 30, signature: 0x804}); got != want {
			t.Errorf("in records of %d: %+v, want %+v", size, got, want)
		}
	}
}
