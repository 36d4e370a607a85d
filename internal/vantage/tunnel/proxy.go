package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// proxy is what proxies of all kinds have in common.
type proxy struct {
	name, address string
	resolveThere  bool
	via           holder
	kind          protocol

	mu      sync.Mutex
	answers time.Time // when the proxy last showed that it works
}

// protocol is how to talk to a proxy of one kind. All of it is bounded in bytes;
// the connection is closed when its time is over.
type protocol interface {
	// greet shows that the proxy is there and lets us in, as far as the protocol
	// can show that before it connects to anything. Its error is about the proxy.
	greet(ctx context.Context, conn net.Conn) (net.Conn, error)
	// connect has the proxy connect to address, over what greet returned, and
	// returns the connection to go on with. Its error is a refusal, or that of the
	// connection.
	connect(conn net.Conn, address string) (net.Conn, error)
	// silence is what it means that connect has no answer in time.
	silence() refusal
	// prove asks the proxy something that it has to answer itself, over what greet
	// returned; nil if greet has shown already that the proxy works.
	prove() func(conn net.Conn) error
}

// open makes a View, once the proxy has let us in.
func (p *proxy) open(ctx context.Context, h holder) (*View, error) {
	v, err := newView(ctx, h, 0, p.resolveThere)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	conn, err := v.link.(*proxyLink).greeted(ctx) //nolint:forcetypeassert // h is a proxy
	if err != nil {
		return nil, errors.Join(fmt.Errorf("proxy %s: %w", p.address, err), v.Close())
	}
	_ = conn.Close()
	return v, nil
}

func (p *proxy) hold(ctx context.Context) (link, func(), error) {
	via, release, err := p.via.hold(ctx)
	if err != nil {
		return nil, nil, err
	}
	return &proxyLink{proxy: p, via: via}, release, nil
}

// proxyLink connects through a proxy that is held.
type proxyLink struct {
	*proxy
	via link
}

// greeted is a connection to the proxy over which it has let us in.
func (l *proxyLink) greeted(ctx context.Context) (net.Conn, error) {
	conn, err := l.via.dial(ctx, l.address)
	if err != nil {
		return nil, l.late(ctx, fmt.Errorf("it cannot be reached: %w", err))
	}
	stop := closing(ctx, conn)
	secure, err := l.kind.greet(ctx, conn)
	stop()
	if err == nil && ctx.Err() == nil {
		return secure, nil
	}
	_ = conn.Close()
	if isEnd(err) {
		err = errors.New("it ended the connection before it answered")
	}
	return nil, l.late(ctx, err)
}

// late is err, or that the time is over.
func (l *proxyLink) late(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("no answer in time")
	}
	return ctx.Err()
}

// dial has the proxy connect to address.
func (l *proxyLink) dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := l.greeted(ctx)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, broken("proxy %s: %s", l.address, err.Error())
	}
	began := time.Now()
	stop := closing(ctx, conn)
	ready, err := l.kind.connect(conn, address)
	stop()
	if err == nil && ctx.Err() == nil {
		l.proven(time.Now())
		return &doubtful{Conn: ready, since: time.Now()}, nil
	}
	_ = conn.Close()
	_, refused := errors.AsType[refusal](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case refused:
		return nil, err
	case ctx.Err() != nil:
		return nil, l.backed(ctx, began, l.kind.silence())
	case isEnd(err):
		return nil, l.backed(ctx, began, refusal{notTold, "the proxy ended the connection without a reply"})
	}
	return nil, broken("proxy %s: %v", l.address, err)
}

// moment is how long a proxy may take to show that it works.
const moment = time.Second

// backed is what the silence of a proxy means, if the proxy has shown since began
// that it works. A proxy that is frozen is silent about every target.
func (l *proxyLink) backed(ctx context.Context, began time.Time, silence refusal) error {
	prove := l.kind.prove()
	if prove == nil || l.provenSince(began) {
		return silence
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), moment) // the look's time may be over
	defer cancel()
	conn, err := l.greeted(ctx)
	if err == nil {
		stop := closing(ctx, conn)
		err = prove(conn)
		stop()
		_ = conn.Close()
	}
	if err != nil {
		return broken("proxy %s answers neither CONNECT nor OPTIONS: %s", l.address, l.late(ctx, err).Error())
	}
	l.proven(time.Now())
	return silence
}

func (p *proxy) proven(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = at
}

func (p *proxy) provenSince(began time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers.After(began)
}

// isEnd tells whether err says that the other side has ended the connection.
func isEnd(err error) bool {
	_, reset := errors.AsType[syscall.Errno](err)
	return reset || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// settling is how soon a proxy ends a connection that it should not have reported
// as open: it writes success before it has connected, and then ends.
const settling = 200 * time.Millisecond

// doubtful is a connection that a proxy has reported as open.
type doubtful struct {
	net.Conn
	since time.Time

	mu    sync.Mutex
	read  bool      // something has come
	ended time.Time // when the other side ended it with nothing read; zero if it has not
}

func (d *doubtful) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case n > 0:
		d.read = true
	case isEnd(err) && !d.read && d.ended.IsZero():
		d.ended = time.Now()
	}
	return n, err
}

// CloseWrite says that nothing more comes from here, if the connection can say so.
func (d *doubtful) CloseWrite() error { return closeWrite(d.Conn) }

// await waits until the connection has settled or ended, or ctx has. It closes it.
func (d *doubtful) await(ctx context.Context) {
	ctx, cancel := context.WithDeadline(ctx, d.since.Add(settling))
	defer cancel()
	defer closing(ctx, d.Conn)()
	_, _ = d.Read(make([]byte, 1)) // which notes how it ends
}

// endedAtOnce tells whether the other side ended the connection before it had
// settled, and nothing came. A nil *doubtful is not doubted.
func (d *doubtful) endedAtOnce() bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.read && !d.ended.IsZero() && d.ended.Sub(d.since) < settling
}
