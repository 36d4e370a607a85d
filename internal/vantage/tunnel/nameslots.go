package tunnel

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// maxNames is how many names a server resolves at once for us, each over a
// connection of its own.
const maxNames = 8

// deadFor is how long a name that did not resolve is not asked for again.
const deadFor = 20 * time.Second

// nameSlots are the connections for names. A name keeps its connection while looks
// at it are under way. Until it is known to resolve there is one look alone: sshd
// would resolve a dead name for each of them, one after another, even when the
// connection has long been closed (20 looks kept a process for 200 s, measured).
type nameSlots struct {
	mu      sync.Mutex
	slots   []*nameSlot
	dead    map[string]deadName
	changed chan struct{} // closed when a slot may have become free
}

// deadName is what became of a name, and until when that holds.
type deadName struct {
	refusal
	until time.Time
}

type nameSlot struct {
	slot
	name  string
	looks int
	known bool // the server has resolved the name
}

func (n *nameSlots) all() []*slot {
	n.mu.Lock()
	defer n.mu.Unlock()
	var slots []*slot
	for _, s := range n.slots {
		slots = append(slots, &s.slot)
	}
	return slots
}

// take gives a name its connection, and waits for one until ctx ends.
func (n *nameSlots) take(ctx context.Context, p *pool, name string) (*nameSlot, error) {
	for {
		s, changed, err := n.find(p, name)
		if s != nil || err != nil {
			return s, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, refusal{fact{look.Unknown, look.ResolverTimeout}, "the server did not come to resolve the name in time"}
			}
			return nil, ctx.Err()
		}
	}
}

// find is take without the wait. Where none is free, changed tells when to ask again.
func (n *nameSlots) find(p *pool, name string) (found *nameSlot, changed <-chan struct{}, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := p.ctx.Err(); err != nil {
		return nil, nil, err
	}
	if d, ok := n.dead[name]; ok && time.Now().Before(d.until) {
		return nil, nil, d.refusal
	}
	for _, s := range n.slots {
		if s.name == name {
			if s.looks > 0 && !s.known {
				return nil, n.changed, nil
			}
			s.looks++
			return s, nil, nil
		}
		if s.looks == 0 {
			found = s
		}
	}
	if found == nil {
		if len(n.slots) == maxNames {
			return nil, n.changed, nil
		}
		found = &nameSlot{slot: slot{pool: p}}
		n.slots = append(n.slots, found)
	}
	found.name, found.looks, found.known = name, 1, false
	found.forgive()
	return found, nil, nil
}

// resolved notes that the server has resolved the name of s, and is ready for more.
func (n *nameSlots) resolved(s *nameSlot) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.known = true
	n.change()
}

// give returns a connection. err is what became of the look.
func (n *nameSlots) give(s *nameSlot, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.looks--
	if r, ok := errors.AsType[refusal](err); ok && r.state == look.Unknown && r.reason != look.VantageFailed && r.reason != look.VantageForbids {
		if n.dead == nil {
			n.dead = map[string]deadName{}
		}
		n.dead[s.name] = deadName{r, time.Now().Add(deadFor)}
		s.known = false
	}
	n.change()
}

// change wakes all who wait. The caller holds mu.
func (n *nameSlots) change() {
	close(n.changed)
	n.changed = make(chan struct{})
}
