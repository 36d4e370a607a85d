package service

import (
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// timed gives deadlines to a connection that refuses them, as the channels of
// x/crypto/ssh do. It reads and writes in goroutines of its own, at most one for
// each direction, and gives up waiting for them when the deadline is over. Close
// ends them and waits for them.
//
// A read that was given up goes on: the next Read gets what it brings. A write
// that was given up closes the connection, since nobody can tell how much of it
// was sent.
type timed struct {
	net.Conn
	readBy, writeBy deadline

	reading sync.Mutex      // held by whoever reads
	pending chan readResult // the read under way, nil if there is none
	rest    readResult      // what has come and nobody has taken yet

	writing sync.Mutex // held by whoever writes

	mu     sync.Mutex
	closed bool
	tasks  sync.WaitGroup // counted up under mu, and never once closed
}

type readResult struct {
	data []byte
	err  error
}

// withDeadlines returns conn with deadline set, whether conn has deadlines or
// not.
func withDeadlines(conn net.Conn, deadline time.Time) net.Conn {
	if conn.SetDeadline(deadline) == nil {
		return conn
	}
	c := &timed{Conn: conn}
	_ = c.SetDeadline(deadline) // it never fails
	return c
}

// start runs task in a goroutine that Close waits for.
func (c *timed) start(task func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.tasks.Go(task)
	return nil
}

func (c *timed) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	over := c.readBy.over()
	select {
	case <-over:
		return 0, os.ErrDeadlineExceeded
	default:
	}
	if len(c.rest.data) == 0 && c.rest.err == nil {
		if err := c.await(over, len(p)); err != nil {
			return 0, err
		}
	}
	if n := copy(p, c.rest.data); n > 0 {
		c.rest.data = c.rest.data[n:]
		return n, nil
	}
	return 0, c.rest.err // for good
}

// await fills rest by a read of at most n bytes, or by the one that is under
// way, until over is closed.
func (c *timed) await(over <-chan struct{}, n int) error {
	if c.pending == nil {
		pending := make(chan readResult, 1)
		err := c.start(func() {
			p := make([]byte, n)
			n, err := c.Conn.Read(p)
			pending <- readResult{p[:n], err}
		})
		if err != nil {
			return err
		}
		c.pending = pending
	}
	select {
	case c.rest = <-c.pending:
		c.pending = nil
		return nil
	case <-over:
		return os.ErrDeadlineExceeded
	}
}

func (c *timed) Write(p []byte) (n int, err error) {
	p = slices.Clone(p) // the caller may change it once this returns
	var sent int
	err = c.whileWriting(func() error {
		var err error
		sent, err = c.Conn.Write(p)
		return err
	})
	if err == os.ErrDeadlineExceeded { //nolint:errorlint // it is this file's own, and sent is another goroutine's then
		return 0, err
	}
	return sent, err
}

// CloseWrite says that nothing more comes from here, if the connection can say
// so.
func (c *timed) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	return c.whileWriting(half.CloseWrite)
}

// whileWriting does what may wait for the other side to read, until the deadline
// is over.
func (c *timed) whileWriting(do func() error) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	over := c.writeBy.over()
	select {
	case <-over:
		return os.ErrDeadlineExceeded
	default:
	}
	done := make(chan error, 1)
	if err := c.start(func() { done <- do() }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-over:
		_ = c.Conn.Close()
		return os.ErrDeadlineExceeded
	}
}

// Close closes the connection, which ends reads and writes under way, and waits for
// them.
func (c *timed) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	err := c.Conn.Close()
	c.tasks.Wait()
	c.readBy.set(time.Time{}) // and with it its timer
	c.writeBy.set(time.Time{})
	return err
}

func (c *timed) SetDeadline(t time.Time) error {
	c.readBy.set(t)
	c.writeBy.set(t)
	return nil
}

func (c *timed) SetReadDeadline(t time.Time) error {
	c.readBy.set(t)
	return nil
}

func (c *timed) SetWriteDeadline(t time.Time) error {
	c.writeBy.set(t)
	return nil
}

// deadline is a point in time that can be moved while somebody waits for it. The
// zero deadline is never over.
type deadline struct {
	mu     sync.Mutex
	timer  *time.Timer
	moves  int           // how often it was set
	passed chan struct{} // closed when it is over; nil before anybody asked
}

// over returns a channel that is closed when the deadline is over. It follows the
// deadline, if that moves before it is over.
func (d *deadline) over() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channel()
}

// channel is passed, made if there is none. The caller holds mu.
func (d *deadline) channel() chan struct{} {
	if d.passed == nil {
		d.passed = make(chan struct{})
	}
	return d.passed
}

// set moves the deadline to t; zero is never.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
	}
	d.moves++
	passed := d.channel()
	select {
	case <-passed: // and so it is for those who waited
		d.passed = nil
		passed = d.channel()
	default:
	}
	if t.IsZero() {
		return
	}
	if wait := time.Until(t); wait > 0 {
		move := d.moves
		d.timer = time.AfterFunc(wait, func() { d.pass(move) })
		return
	}
	close(passed)
}

// pass ends the deadline that was set as the move-th, unless it has moved on:
// stopping a timer may come too late.
func (d *deadline) pass(move int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.moves == move {
		close(d.passed)
	}
}
