package tunnel

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// sound tells whether err is what a reply may end in: an end, or a refusal whose
// state and reason go together.
func sound(err error) bool {
	r, ok := errors.AsType[refusal](err)
	if !ok {
		return isEnd(err)
	}
	var result look.Result
	r.fill(&result)
	return (r.state == look.Unknown) == slices.Contains(look.Faults(), r.reason) && r.state != look.Open && len(result.Detail) <= maxDetail
}

// FuzzSOCKSReply: a reply is read to its end and no further, and what is not one
// says nothing false.
func FuzzSOCKSReply(f *testing.F) {
	for _, seed := range []string{
		"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50rest",
		"\x05\x00\x00\x04aaaaaaaaaaaaaaaappSSH-2.0",
		"\x05\x00\x00\x03\x04nameppx",
		"\x05\x00\x00\x09",
		"\x05\x05\x00\x01", "\x05\x05", "\x05\xff\x00", "\x04\x5a", "HTTP/1.1 400", "", "\x05",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, reply []byte) {
		from := bytes.NewReader(reply)
		err := readSOCKSReply(from)
		if err != nil {
			if !sound(err) {
				t.Errorf("%v", err)
			}
			return
		}
		if reply[0] != 5 || reply[1] != 0 {
			t.Errorf("%q is no success", reply)
		}
		size := map[byte]int{1: 4, 4: 16}[reply[3]]
		if reply[3] == 3 {
			size = 1 + int(reply[4])
		}
		if read := len(reply) - from.Len(); read != 4+size+2 {
			t.Errorf("%d bytes were read of %q", read, reply)
		}
	})
}

// FuzzConnectReply: what comes after the header of a success is not lost, and what
// is none says nothing false.
func FuzzConnectReply(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 Connection established\r\n\r\nSSH-2.0-x\r\n",
		"HTTP/1.0 200 OK\r\nProxy-agent: tinyproxy\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n220 x\r\n",
		"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
		"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 10\r\n\r\n", "HTTP/1.1 999 \x1b[2J\r\n\r\n",
		"SSH-2.0-OpenSSH\r\n", "", "HTTP", "HTTP/1.1 200\r\nA: b",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, reply []byte) {
		from := bytes.NewReader(reply)
		rest, err := readConnectReply(from)
		if err != nil {
			if !sound(err) {
				t.Errorf("%v", err)
			}
			return
		}
		more, err := io.ReadAll(from)
		if err != nil || !bytes.HasSuffix(reply, slices.Concat(rest, more)) || !bytes.HasPrefix(reply, []byte("HTTP/")) {
			t.Errorf("of %q are left %q and %q, %v", reply, rest, more, err)
		}
	})
}

// TestConnectReplyIsBounded: a proxy that never ends its header is not read for
// ever.
func TestConnectReplyIsBounded(t *testing.T) {
	endless := io.MultiReader(bytes.NewReader([]byte("HTTP/1.1 200 OK\r\nX: ")), endlessly('x'))
	if _, err := readConnectReply(endless); err == nil || !sound(err) {
		t.Errorf("a header without end: %v", err)
	}
}

// endlessly is a reader of one byte without end.
type endlessly byte

func (e endlessly) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}
