package scan

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// OpenSSH counts a connection without a login as a second of penalty, and turns an
// address away that has collected fifteen (sshd_config(5), PerSourcePenalties, noauth
// and min, since 9.8).
const (
	sshEvery = 1100 * time.Millisecond // a little more than each penalty lasts
	sshBurst = 5                       // leaves room for others at this address
)

// spacing keeps looks at one service from bringing about that it turns this machine
// away, over all that runs at once.
type spacing struct {
	mu    sync.Mutex
	paces map[netip.AddrPort]*rate.Limiter
}

// wait lets a worker of c wait until one more look at t may begin. The error is
// ctx's.
func (s *spacing) wait(ctx context.Context, c *crew, t look.Target) error {
	if t.Scheme != endpoint.SSH {
		return nil
	}
	s.mu.Lock()
	pace := s.paces[t.Addr]
	if pace == nil {
		if s.paces == nil {
			s.paces = map[netip.AddrPort]*rate.Limiter{}
		}
		pace = rate.NewLimiter(rate.Every(sshEvery), sshBurst)
		s.paces[t.Addr] = pace
	}
	s.mu.Unlock()
	c.away()
	defer c.back()
	return pace.Wait(ctx)
}
