// Package tunnel looks at endpoints from another machine: through an SSH bastion,
// a SOCKS5 proxy or an HTTP proxy. The place connects for us, and we talk to the
// service from here, over the connection that it carries.
//
// [NewSSH], [NewSOCKS5] and [NewHTTPProxy] read a configuration and send nothing.
// Their errors name the argument that is wrong and quote no secret. Each gives a
// place: its Open makes a [View], and its Dial makes it a hop for another place
// (the Via of a configuration), in any combination.
//
// One look at tcp://10.0.3.7:5432 through a bastion is told like this:
//
//	View.Look            bounds the look by a context, and fills the look.Result
//	  pool.dial          once more over a fresh connection, if the first one broke
//	    pool.get         the connection in use; a new one if it is dead or spent
//	    client.open      asks sshd for a direct-tcpip channel, and waits for it
//	  classify.go        what the refusal means: the one table of this package
//	  service.Converse   the conversation, if the scheme is that of a service
//
// A place reports less than this machine sees, and it has faults of its own. Both
// must never look like a closed port. So a state is taken only from words that are
// known to be about the target; an unknown word is closed|filtered, and what the
// place says about itself is unknown. Silence is evidence only if the place itself
// is not silent: a bastion must answer a keep-alive that was sent after the look
// began, and a SOCKS proxy must have answered its greeting.
//
// What sshd does with a look that was given up decides how connections are used:
// it holds the socket for two minutes more. See [maxGivenUp].
//
// Names are resolved by this machine, or with ResolveThere by the place. Then
// Lookup gives a stand-in address, which Look turns into the name again, see
// [StandIn].
//
// No goroutine outlives the Close of what started it.
package tunnel

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// Dialer is a place that others can be reached through.
type Dialer interface {
	// Dial connects to address, a host and a port such as "10.0.0.1:22", until ctx
	// ends. The host may be a name, which the place resolves itself. Once there,
	// the connection does not depend on ctx.
	Dial(ctx context.Context, address string) (net.Conn, error)
}

// link is what a place connects with while it is held. Its errors are a refusal,
// or those of ctx.
type link interface {
	dial(ctx context.Context, address string) (net.Conn, error)
}

// holder is a Dialer that can be kept ready between two calls of Dial. All places
// of this package are.
type holder interface {
	Dialer
	// hold makes the place ready until release is called, which it must be once.
	hold(ctx context.Context) (l link, release func(), err error)
}

// here is this machine, the place before the first hop. It connects to what the
// operator's rules let it.
type here struct{ rules guard.Policy }

func (h here) Dial(ctx context.Context, address string) (net.Conn, error) {
	return h.rules.Dial(ctx, "tcp", address)
}

func (h here) dial(ctx context.Context, address string) (net.Conn, error) {
	return h.Dial(ctx, address)
}

func (h here) hold(context.Context) (link, func(), error) { return h, func() {}, nil }

// foreign is a Dialer of another package.
type foreign struct{ Dialer }

func (f foreign) dial(ctx context.Context, address string) (net.Conn, error) {
	return f.Dial(ctx, address)
}

func (f foreign) hold(context.Context) (link, func(), error) { return f, func() {}, nil }

// hop returns what a place at address, host:port, is reached through; a via of nil is
// this machine. The error says that the operator's rules refuse the host that argument
// names.
func hop(argument, address string, via Dialer, rules guard.Policy) (holder, error) {
	text, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	host, err := endpoint.ParseHost(text)
	if err != nil {
		return nil, err
	}
	decide := rules.Host
	if via != nil { // which resolves a name itself
		decide = rules.Elsewhere
	}
	if err := decide(host); err != nil {
		return nil, fmt.Errorf("%s is refused: %w", argument, err)
	}
	return holderOf(via, rules), nil
}

func holderOf(via Dialer, rules guard.Policy) holder {
	if via == nil {
		return here{rules}
	}
	if h, ok := via.(holder); ok {
		return h
	}
	return foreign{via}
}

// dialOnce is Dial for a place that is held only as long as the connection.
func dialOnce(ctx context.Context, h holder, address string) (net.Conn, error) {
	l, release, err := h.hold(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := l.dial(ctx, address)
	if err != nil {
		release()
		return nil, err
	}
	return &held{Conn: conn, release: sync.OnceFunc(release)}, nil
}

// held is a connection that releases its place when it is closed.
type held struct {
	net.Conn
	release func()
}

func (h *held) Close() error {
	err := h.Conn.Close()
	h.release()
	return err
}

// CloseWrite says that nothing more comes from here, if the connection can say so.
func (h *held) CloseWrite() error { return closeWrite(h.Conn) }

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// sees tells whether a place of this package can look at endpoints of scheme: at
// all but those over UDP. SOCKS5 has a command for UDP (RFC 1928 section 7), which
// hardly any proxy allows.
func sees(scheme endpoint.Scheme) bool { return scheme.Transport() == endpoint.TCP }

// checkHost holds the host of a place to what a connection can be made to.
func checkHost(argument, host string) error {
	if host == "" {
		return fmt.Errorf("%s is missing", argument)
	}
	h, err := endpoint.ParseHost(host)
	if err == nil {
		err = endpoint.CheckHost(h)
	}
	if err != nil {
		return fmt.Errorf("%s is %s: %w", argument, endpoint.Quote(host), err)
	}
	return nil
}

// checkAddress holds an address to the form host:port.
func checkAddress(argument, address string) error {
	const expected = `Expected a host and a port, such as "proxy.example.com:1080"`
	if address == "" {
		return fmt.Errorf("%s is missing. %s", argument, expected)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s is %s. %s", argument, endpoint.Quote(address), expected)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%s is %s. %s", argument, endpoint.Quote(address), expected)
	}
	return checkHost(argument, host)
}

// closing ends conn when ctx does, whether conn has deadlines or not. The function
// that it returns ends that, and waits for a close under way.
func closing(ctx context.Context, conn net.Conn) (stop func()) {
	closed := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = conn.Close()
	})
	return func() {
		if !unregister() {
			<-closed
		}
	}
}
