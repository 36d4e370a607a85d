package tunnel

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const (
	// maxGivenUp is how many looks may be given up over one connection before it
	// is replaced. sshd cannot take a connect back: each keeps a descriptor until
	// the kernel gives up too, 134 s later (measured, tcp_syn_retries 6), and with
	// all 1,024 that systemd allows it refuses open ports as well.
	maxGivenUp = 500
	// sshCapacity is how many looks one server bears at once. With those that are
	// given up they stay below 1,024.
	sshCapacity = 400
)

// pool is the connections to one SSH server, and a link. Looks at addresses share
// one of them. A name that the server has to resolve gets one of its own, since
// sshd resolves in the process of the connection and does nothing else meanwhile.
type pool struct {
	place  *SSH
	via    link
	ctx    context.Context //nolint:containedctx // it ends with the pool
	cancel context.CancelFunc
	tasks  sync.WaitGroup // counted up under a slot's mutex, and never once ctx has ended
	single chan struct{}  // holds one token while a connection is opened (MaxStartups)

	addresses *slot
	names     nameSlots
}

func newPool(place *SSH, via link) *pool {
	p := &pool{place: place, via: via, single: make(chan struct{}, 1)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.addresses = &slot{pool: p}
	p.names.changed = make(chan struct{})
	return p
}

// close ends all connections, and waits for it.
func (p *pool) close() {
	p.cancel()
	for _, s := range append(p.names.all(), p.addresses) {
		s.close()
	}
	p.tasks.Wait()
}

// dial has the server connect to address.
func (p *pool) dial(ctx context.Context, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	if _, ok := endpoint.Host(host).Addr(); ok {
		return p.addresses.dial(ctx, host, uint16(port), nil)
	}
	s, err := p.names.take(ctx, p, host)
	if err != nil {
		return nil, err
	}
	conn, err := s.dial(ctx, host, uint16(port), func() { p.names.resolved(s) })
	if _, told := errors.AsType[refusal](err); !told && errors.Is(err, context.DeadlineExceeded) {
		s.drop() // sshd resolves, and does nothing else until it has given up
		err = refusal{fact{look.Unknown, look.ResolverTimeout}, "the server did not resolve the name in time"}
	}
	if err != nil {
		p.names.give(s, err)
		return nil, err
	}
	return &held{Conn: conn, release: sync.OnceFunc(func() { p.names.give(s, nil) })}, nil
}
