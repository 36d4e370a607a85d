package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// refuses is a connection that refuses deadlines, as a channel of x/crypto/ssh
// does. It says something, then nothing more: a Read blocks until Close, and so
// does a Write where mute.
type refuses struct {
	said
	mute   bool
	closed chan struct{}
	once   *sync.Once
}

func newRefuses(says string, mute bool) refuses {
	return refuses{said{strings.NewReader(says)}, mute, make(chan struct{}), &sync.Once{}}
}

var errNoDeadline = errors.New("ssh: tcpChan: deadline not supported")

func (refuses) SetDeadline(time.Time) error      { return errNoDeadline }
func (refuses) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (refuses) SetWriteDeadline(time.Time) error { return errNoDeadline }

func (r refuses) Read(p []byte) (int, error) {
	if n, err := r.Reader.Read(p); err == nil {
		return n, nil
	}
	<-r.closed
	return 0, io.EOF
}

func (r refuses) Write(p []byte) (int, error) {
	if r.mute {
		<-r.closed
		return 0, io.EOF
	}
	return len(p), nil
}

func (r refuses) CloseWrite() error {
	_, err := r.Write(nil)
	return err
}

func (r refuses) Close() error {
	r.once.Do(func() { close(r.closed) })
	return nil
}

// eachTCP does something for each scheme of a service over TCP.
func eachTCP(t *testing.T, do func(t *testing.T, at look.Target)) {
	t.Helper()
	for _, info := range endpoint.Infos() {
		if info.Scheme.Service() && info.Transport == endpoint.TCP {
			t.Run(string(info.Scheme), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					do(t, look.Target{Scheme: info.Scheme, Addr: netip.MustParseAddrPort("192.0.2.1:443"), Host: "web.example.com"})
				})
			})
		}
	}
}

// TestRefusedDeadlines: a conversation ends in time over a connection that has no
// deadlines, however little it lets through, and leaves no goroutine behind: the
// bubble would say so.
func TestRefusedDeadlines(t *testing.T) {
	const timeout = time.Minute
	for name, says := range map[string]string{"silent": "", "a beginning": "2", "a TLS alert": "\x15\x03\x01\x00\x02\x01", "HTTP": "HTTP/1.1 200 OK\r\nX: "} {
		for _, mute := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, mute %v", name, mute), func(t *testing.T) {
				eachTCP(t, func(t *testing.T, at look.Target) {
					r := look.Result{Start: time.Now()}
					InWays(&r, func(way int) bool {
						return Converse(t.Context(), newRefuses(says, mute), at, way, r.Start.Add(timeout), &r)
					})
					if took := time.Since(r.Start); r.State != look.Unresponsive || took > timeout {
						t.Errorf("%s %s %q after %s", r.State, r.Reason, r.Detail, took)
					}
				})
			})
		}
	}
}

// TestRefusedDeadlinesCancelled: over such a connection a look ends with its ctx,
// too.
func TestRefusedDeadlinesCancelled(t *testing.T) {
	eachTCP(t, func(t *testing.T, at look.Target) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := look.Result{Start: time.Now()}
		if Converse(ctx, newRefuses("", true), at, 0, r.Start.Add(time.Hour), &r) {
			t.Fatal("another way is wanted of a look that was cancelled")
		}
		if took := time.Since(r.Start); r.State != look.Unknown || r.Reason != look.Cancelled || took > 2*time.Second {
			t.Errorf("%s %s after %s", r.State, r.Reason, took)
		}
	})
}

// TestTimedReads: a read that was given up loses nothing.
func TestTimedReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		conn := withDeadlines(noDeadlines{here}, time.Now().Add(time.Minute))
		p := make([]byte, 2)
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := conn.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || !IsTimeout(err) {
			t.Fatal(err)
		}
		if _, err := conn.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		go func() {
			_, _ = io.WriteString(there, "abc")
			_ = there.Close()
		}()
		got, err := io.ReadAll(iotest.OneByteReader(conn))
		if err != nil || string(got) != "abc" {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := conn.Read(p); err != io.EOF { //nolint:errorlint // Read's contract
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if _, err := conn.Write(p); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// TestTimedDeadlineMoves: who waits already waits as long as the deadline says
// last.
func TestTimedDeadlineMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		conn := withDeadlines(noDeadlines{here}, time.Now().Add(time.Second))
		defer conn.Close()
		began := time.Now()
		go func() {
			time.Sleep(time.Second / 2)
			_ = conn.SetReadDeadline(began.Add(3 * time.Second))
		}()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if _, err := conn.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		_ = conn.SetDeadline(time.Time{})
		go func() {
			time.Sleep(time.Hour)
			_, _ = there.Write([]byte("x"))
		}()
		if _, err := conn.Read(make([]byte, 1)); err != nil || time.Since(began) < time.Hour {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

type noDeadlines struct{ net.Conn }

func (noDeadlines) SetDeadline(time.Time) error { return errNoDeadline }
