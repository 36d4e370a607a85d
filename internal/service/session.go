package service

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// maxAnswer is how many bytes are read of one connection.
const maxAnswer = 64 << 10

// lingering is how long the other side has to end a connection that is left.
const lingering = time.Second

// maxHead is how much of what came is kept to be shown.
const maxHead = 512

// errTooLong is the error of reading more than maxAnswer.
var errTooLong = errors.New("an answer of more than 64 KiB")

// session is the conversation with a service over one connection.
type session struct {
	target look.Target
	raw    net.Conn      // the connection itself; its deadlines hold
	conn   net.Conn      // raw, or TLS over it
	in     *bufio.Reader // reads conn
	tap    *tap          // what in reads from
	secure *handshake    // nil before a handshake
	// deadline is when all of it must be over; patience is what wait makes it.
	deadline, patience time.Time
}

// newSession starts a conversation that ends at deadline, whatever kind of
// connection it is over.
func newSession(conn net.Conn, t look.Target, deadline time.Time) *session {
	s := &session{target: t, raw: withDeadlines(conn, deadline), deadline: deadline, patience: deadline}
	s.switchTo(s.raw)
	return s
}

// switchTo goes on over conn: the connection itself at first, TLS over it later.
func (s *session) switchTo(conn net.Conn) {
	s.tap = &tap{Conn: conn, left: maxAnswer}
	s.conn = s.tap
	s.in = bufio.NewReader(s.tap)
}

// close ends the connection. Errors of closing say nothing about the service.
func (s *session) close() {
	if s.encrypted() {
		_ = s.secure.conn.Close()
	}
	_ = s.raw.Close()
}

// closeWith closes the connection when ctx ends: a deadline in its place might be
// set anew. The function that it returns ends that, and waits for a close under
// way.
func (s *session) closeWith(ctx context.Context) (stop func()) {
	closed := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = s.raw.Close()
	})
	return func() {
		if !unregister() {
			<-closed
		}
	}
}

// leave says that nothing more comes from here, waits at most lingering until the
// other side has ended the connection too, and returns what came instead. A
// connection that is closed with bytes unread in it is reset (RFC 2525 section
// 2.17), the tickets of TLS 1.3 among them, and servers log resets.
func (s *session) leave() []byte {
	if half, ok := s.tap.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // reading tells of it
	}
	s.hurry()
	said, _ := io.ReadAll(s.in) // however it ends
	return said
}

// await waits at most while for something to come, or for the end. The error is that
// of reading: a timeout if there was neither.
func (s *session) await(while time.Duration) error {
	if soon := time.Now().Add(while); soon.Before(s.deadline) {
		_ = s.conn.SetReadDeadline(soon)
	}
	_, err := s.in.Peek(1)
	_ = s.conn.SetReadDeadline(s.deadline)
	return err
}

// leaveWith says farewell, waits for an answer to it, and leaves.
func (s *session) leaveWith(farewell string) error {
	if err := s.send(farewell); err != nil {
		return err
	}
	s.hurry()
	_, _ = s.line() // however it ends
	s.leave()
	return nil
}

// wait gives the other side, which has said that more comes, as long again as the
// look was to take.
func (s *session) wait() {
	s.deadline = s.patience
	_ = s.raw.SetDeadline(s.deadline) // reading tells of it
}

// hurry leaves the other side lingering for all that is still to be read.
func (s *session) hurry() {
	if soon := time.Now().Add(lingering); soon.Before(s.deadline) {
		_ = s.conn.SetReadDeadline(soon)
	}
}

// head is the beginning of what came, at most maxHead bytes. Once TLS is there, it
// is of what came over TLS.
func (s *session) head() []byte { return s.tap.beginning() }

// unanswered tells whether the other side has heard from us, in clear, and said nothing.
func (s *session) unanswered() bool {
	return s.secure == nil && s.tap.wrote.Load() && len(s.head()) == 0
}

// send writes to the service. A write to a closed connection is no error here: the
// next read reports it, after any last words of the server. After a farewell it no
// longer matters.
func (s *session) send(text string) error {
	if _, err := s.conn.Write([]byte(text)); !isEnd(err) {
		return err
	}
	return nil
}

// line reads up to the next line feed and returns the line without its end.
func (s *session) line() ([]byte, error) {
	line, err := s.in.ReadBytes('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// read reads n bytes, which must be no more than maxAnswer.
func (s *session) read(n int) ([]byte, error) {
	if n < 0 || n > maxAnswer {
		return nil, errTooLong
	}
	got := make([]byte, n)
	_, err := io.ReadFull(s.in, got)
	return got, err
}

// tap is a connection that bounds how many bytes are read from it, and keeps the
// first of them. Libraries may read it in goroutines of their own. It does not
// close as other connections do: see Close.
type tap struct {
	net.Conn

	wrote atomic.Bool // something was to be sent

	mu   sync.Mutex
	left int
	head []byte
}

func (t *tap) Write(p []byte) (int, error) {
	t.wrote.Store(true)
	return t.Conn.Write(p)
}

func (t *tap) beginning() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.head)
}

// Close does not close: it only ends reads. net/http and gRPC close a connection
// on failure, and we still want the server's last words.
func (t *tap) Close() error { return t.SetReadDeadline(time.Now()) }

func (t *tap) Read(p []byte) (int, error) {
	t.mu.Lock()
	left := t.left
	t.mu.Unlock()
	if left <= 0 {
		return 0, errTooLong
	}
	n, err := t.Conn.Read(p[:min(len(p), left)])
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left -= n
	t.head = append(t.head, p[:min(n, maxHead-len(t.head))]...)
	return n, err
}

// IsTimeout tells whether err says that a deadline was over. Such an error is either
// os.ErrDeadlineExceeded or a net.Error of another shape.
func IsTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
