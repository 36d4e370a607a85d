package tunnel

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// manyLive is how many looks may exhaust a server with few descriptors, such
	// as the 256 of macOS.
	manyLive = 64
	// maxTries is how often one look is tried: over the connection in use, and
	// over fresh ones.
	maxTries = 3
)

// slot is a place for one connection, which is replaced when it is spent or dead.
type slot struct {
	pool *pool

	mu      sync.Mutex
	closed  bool
	current *client  // nil before the first
	pending *opening // nil if none is being opened
	failed  failures
}

// opening is a connection that is being opened, whoever waits for it.
type opening struct {
	done   chan struct{} // closed when the rest is set
	client *client
	err    error
}

// dial has the server connect to host. A connection that broke gives the look no
// answer, so it is tried over a fresh one; so is one that may be exhausted. begun is
// as client.open has it.
func (s *slot) dial(ctx context.Context, host string, port uint16, begun func()) (net.Conn, error) {
	var spent *client
	for try := 1; ; try++ {
		c, err := s.get(ctx, spent)
		if err != nil {
			return nil, err
		}
		conn, err := c.open(ctx, host, port, begun)
		if err == nil {
			return conn, nil
		}
		var refused *ssh.OpenChannelError
		switch {
		case errors.Is(err, errDied):
			err = broken("the SSH connection ended during the look")
		case errors.As(err, &refused):
			r, again := fromSSH(refused)
			err = r
			if !again || try > 1 || !c.burdened() {
				return nil, err
			}
		default:
			return nil, err
		}
		if try == maxTries {
			return nil, err
		}
		spent = c
	}
}

// get returns a connection that is entered, and is not the one that is spent. It
// waits until ctx ends for one that is being opened, which goes on if others wait
// for it too.
func (s *slot) get(ctx context.Context, spent *client) (*client, error) {
	for {
		s.mu.Lock()
		if c := s.current; c != nil && c != spent && c.usable() && c.enter() {
			s.mu.Unlock()
			return c, nil
		}
		o, err := s.open()
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-o.done:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, broken("the SSH connection was not there in time")
			}
			return nil, ctx.Err()
		}
		if o.err != nil {
			return nil, o.err
		}
		if o.client.enter() {
			return o.client, nil
		}
	}
}

// open begins to open a connection, if that has not begun, and retires the one in
// use. The caller holds mu.
func (s *slot) open() (*opening, error) {
	if s.closed {
		return nil, broken("the SSH connection is closed")
	}
	if s.pending != nil {
		return s.pending, nil
	}
	s.retire()
	if err := s.failed.tooMany(); err != nil {
		return nil, err
	}
	o := &opening{done: make(chan struct{})}
	s.pending = o
	s.pool.tasks.Go(func() { s.fill(o) })
	return o, nil
}

// drop has the next look begin over a fresh connection.
func (s *slot) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.retire()
	}
}

// forgive forgets failures: they were of a name that took too long.
func (s *slot) forgive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = failures{}
}

// retire lets go of the connection in use. The caller holds mu.
func (s *slot) retire() {
	if old := s.current; old != nil {
		s.failed.lived(old)
		s.current = nil
		s.pool.tasks.Go(func() { old.retire(s.pool.ctx) })
	}
}

// fill opens the connection of o, one at a time for the whole pool.
func (s *slot) fill(o *opening) {
	select {
	case s.pool.single <- struct{}{}:
		o.client, o.err = s.pool.place.connect(s.pool.ctx, s.pool.via)
		<-s.pool.single
	case <-s.pool.ctx.Done():
		o.err = s.pool.ctx.Err()
	}
	s.mu.Lock()
	s.pending = nil
	if o.err == nil {
		s.current = o.client
	}
	s.failed.opened(o.err)
	s.mu.Unlock()
	close(o.done)
}

// close ends the connection, once nothing is being opened any more. The pool's ctx
// has ended.
func (s *slot) close() {
	s.mu.Lock()
	s.closed = true
	pending := s.pending
	s.mu.Unlock()
	if pending != nil {
		<-pending.done
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.close()
	}
}

const (
	maxFailures  = 3                // in a row, after which there is a pause
	failurePause = 30 * time.Second // less than a re-check with a long back-off
	shortLife    = 10 * time.Second // a connection that ends sooner is a failure
)

// failures keep a server that does not work from being connected to over and over:
// one that counts them may lock us out (sshd_config(5), PerSourcePenalties).
type failures struct {
	inARow  int
	last    error
	until   time.Time
	opening time.Time
}

// tooMany is the last error while there is a pause.
func (f *failures) tooMany() error {
	if f.inARow >= maxFailures && time.Now().Before(f.until) {
		return f.last
	}
	return nil
}

// opened notes how an opening ended.
func (f *failures) opened(err error) {
	f.opening = time.Now()
	if err != nil {
		f.fail(broken("%s", err.Error()))
	}
}

// lived notes that a connection is replaced: if it died young, that is a failure.
func (f *failures) lived(c *client) {
	if c.dead() && time.Since(f.opening) < shortLife {
		f.fail(broken("the SSH connection ends again and again"))
		return
	}
	f.inARow = 0
}

func (f *failures) fail(err error) {
	f.inARow++
	f.last, f.until = err, time.Now().Add(failurePause)
}
