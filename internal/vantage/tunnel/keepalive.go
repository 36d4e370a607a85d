package tunnel

import (
	"net"
	"time"
)

const (
	// keepAlive is how often an idle connection is asked whether it is alive:
	// more often than firewalls and load balancers forget one.
	keepAlive = 15 * time.Second
	// answerWithin is how long the server may take to answer that. A channel that
	// opens slowly does not delay the answer, but a name that sshd resolves does,
	// by up to 10 s (measured).
	answerWithin = 12 * time.Second
	// graceForAnswer is how long a look waits beyond its time-out for the answer
	// that makes silence evidence.
	graceForAnswer = 500 * time.Millisecond
)

// keepAlive asks the server from time to time whether it is there, and at once when
// there is a token in wake. It ends a connection whose server does not answer.
func (c *client) keepAlive() {
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-c.wake:
		case <-ticker.C:
		case <-c.ended:
			return
		}
		sent, calls := time.Now(), c.takeCalls()
		late := time.AfterFunc(answerWithin, func() { _ = c.ssh.Close() })
		_, _, err := c.ssh.SendRequest("keepalive@openssh.com", true, nil)
		late.Stop()
		if err != nil {
			return
		}
		c.heard(sent)
		for _, call := range calls {
			call()
		}
	}
}

// whenAnswered has a keep-alive sent soon, and calls a function once that is
// answered.
func (c *client) whenAnswered(call func()) {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	c.mu.Unlock()
	c.ask()
}

func (c *client) takeCalls() []func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = nil
	return calls
}

// ask has a keep-alive sent soon.
func (c *client) ask() {
	select {
	case c.wake <- struct{}{}:
	default: // one is to be sent anyway
	}
}

// heard notes that what was sent at a time has been answered.
func (c *client) heard(sent time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sent.After(c.alive) {
		c.alive = sent
	}
}

// answered tells whether something has been answered that was sent at t or later.
func (c *client) answered(t time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.alive.Before(t)
}

// answeredSoon tells whether something has been answered that was sent at t or
// later. It waits a moment for alive, the answer to a keep-alive under way: a look
// may have less time than a distant server takes to answer.
func (c *client) answeredSoon(t time.Time, alive <-chan struct{}) bool {
	if c.answered(t) {
		return true
	}
	moment := time.NewTimer(graceForAnswer)
	defer moment.Stop()
	select {
	case <-alive:
	case <-moment.C:
	case <-c.ended:
	}
	return c.answered(t)
}

// watched is a connection that tells when something has been written to it.
type watched struct {
	net.Conn
	wrote chan struct{} // holds one token
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	select {
	case w.wrote <- struct{}{}:
	default:
	}
	return n, err
}
