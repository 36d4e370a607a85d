package tunnel

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// errDied is that a connection ended while something waited for it.
var errDied = errors.New("the SSH connection ended")

// client is one SSH connection. It is in use from newClient until it is closed,
// which retire does once its last look has ended. Its goroutines are its tasks.
type client struct {
	ssh   ssh.Conn
	wrote <-chan struct{} // holds one token if something has been written
	wake  chan struct{}   // holds one token if a keep-alive is to be sent now

	mu      sync.Mutex
	live    int       // channels that are open or being opened
	givenUp int       // opens that nobody waits for any more and that have no answer
	alive   time.Time // something that was sent at this time has been answered
	calls   []func()  // for when the next keep-alive is answered
	broke   bool      // a look has met its end, maybe before ended tells
	retired bool      // to be closed with the last look
	closed  bool
	tasks   sync.WaitGroup // counted up under mu, and never once closed
	ended   chan struct{}  // closed when the connection has ended
}

// newClient takes over a connection that has been logged in to.
func newClient(conn ssh.Conn, wrote <-chan struct{}, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) *client {
	c := &client{ssh: conn, wrote: wrote, wake: make(chan struct{}, 1), ended: make(chan struct{}), alive: time.Now()}
	c.start(func() { ssh.DiscardRequests(requests) })
	c.start(func() {
		for ch := range channels { // a server has nothing to open here
			_ = ch.Reject(ssh.Prohibited, "")
		}
	})
	c.start(func() {
		defer close(c.ended)
		_ = conn.Wait()
	})
	c.start(c.keepAlive)
	return c
}

// start runs a task that close waits for. It is false once the client is closed.
func (c *client) start(task func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.tasks.Go(task)
	return true
}

// usable tells whether new looks may begin over this connection.
func (c *client) usable() bool {
	if c.dead() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.retired && !c.closed && c.givenUp < maxGivenUp
}

// dead tells whether the connection has ended, whoever ended it.
func (c *client) dead() bool {
	select {
	case <-c.ended:
		return true
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.broke
	}
}

// burdened tells whether the server may have run out of descriptors because of this
// connection: it holds sockets of looks that were given up, or many of others.
func (c *client) burdened() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.givenUp > 0 || c.live >= manyLive
}

// enter counts a look. It is false if no look may begin any more.
func (c *client) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired || c.closed {
		return false
	}
	c.live++
	return true
}

// leave ends what enter began. The last one closes a connection that is retired.
func (c *client) leave() {
	c.mu.Lock()
	c.live--
	last := c.retired && c.live == 0
	c.mu.Unlock()
	if last {
		_ = c.ssh.Close() // whoever retired it waits for the rest
	}
}

// retire closes the connection once its looks have ended, and waits for that until
// ctx ends, when it closes it all the same.
func (c *client) retire(ctx context.Context) {
	c.mu.Lock()
	c.retired = true
	idle := c.live == 0
	c.mu.Unlock()
	if !idle {
		select {
		case <-ctx.Done():
		case <-c.ended:
		}
	}
	c.close()
}

// close ends the connection and all that goes on over it, and waits for it.
func (c *client) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	_ = c.ssh.Close()
	c.tasks.Wait()
}

// directTCPIP is what a direct-tcpip channel is asked for with (RFC 4254 section
// 7.2).
type directTCPIP struct {
	Host       string
	Port       uint32
	Originator string
	OriginPort uint32
}

// opened is the answer to the request for a channel.
type opened struct {
	channel ssh.Channel
	err     error
}

// open has the server connect to a host, until ctx ends. The caller has called
// enter; the connection that it gets, or the error, calls leave. The error is
// errDied, an *ssh.OpenChannelError, that of ctx, or errSilent. begun is called once
// the server is connecting, or has failed to; nil: nobody wants to know.
//
// x/crypto cannot take a request back, so it goes on in a task when ctx ends.
func (c *client) open(ctx context.Context, host string, port uint16, begun func()) (net.Conn, error) {
	c.forgetWrites()
	sent := time.Now()
	answer, gone, alive := make(chan opened), make(chan struct{}), make(chan struct{})
	started := c.start(func() { c.request(host, port, answer, gone) })
	if !started {
		c.leave()
		return nil, errDied
	}
	wrote := c.wrote
	if begun == nil {
		wrote = nil
	}
	half := time.NewTimer(untilHalf(ctx))
	defer half.Stop()
	for {
		select {
		case got := <-answer:
			if got.err == nil {
				c.heard(sent)
				return newChannel(c, got.channel), nil
			}
			c.leave()
			if _, ok := errors.AsType[*ssh.OpenChannelError](got.err); ok {
				c.heard(sent)
				return nil, got.err
			}
			c.mu.Lock()
			c.broke = true
			c.mu.Unlock()
			return nil, errDied
		case <-wrote:
			// sshd reads in order: it answers what is sent from now on once it has
			// resolved.
			wrote, sent = nil, time.Now()
			c.whenAnswered(begun)
		case <-half.C:
			c.whenAnswered(func() { close(alive) }) // so that silence is evidence
		case <-ctx.Done():
			c.count(+1)
			close(gone)
			c.leave()
			if errors.Is(ctx.Err(), context.DeadlineExceeded) && c.answeredSoon(sent, alive) {
				return nil, errSilent
			}
			return nil, ctx.Err()
		}
	}
}

// errSilent is that a target did not answer in time, and the server was there.
var errSilent = refusal{fact: silent}

// untilHalf is half the time that ctx leaves.
func untilHalf(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return keepAlive
	}
	return time.Until(deadline) / 2
}

// request asks for a channel and gives the answer to whoever waits for it. If
// nobody does any more, the open is no longer given up: the server has let go.
func (c *client) request(host string, port uint16, answer chan<- opened, gone <-chan struct{}) {
	ch, requests, err := c.ssh.OpenChannel("direct-tcpip", ssh.Marshal(directTCPIP{host, uint32(port), "0.0.0.0", 0}))
	if err == nil {
		c.start(func() { ssh.DiscardRequests(requests) })
	}
	select {
	case answer <- opened{ch, err}:
		return
	case <-gone:
		c.count(-1)
	}
	if err == nil {
		_ = ch.Close()
	}
}

// forgetWrites takes the token of wrote.
func (c *client) forgetWrites() {
	select {
	case <-c.wrote:
	default:
	}
}

// count changes how many opens are given up.
func (c *client) count(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.givenUp += by
}
