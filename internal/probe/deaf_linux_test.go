package probe

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestIsDeaf: only what is dropped after each look, and not between looks, tells.
func TestIsDeaf(t *testing.T) {
	const rtt = 30 * time.Millisecond
	every := func(d time.Duration) func(time.Duration) int64 {
		return func(now time.Duration) int64 { return int64(now / d) }
	}
	for _, tt := range []struct {
		name    string
		answers int // how many of the first looks are answered, and the answer dropped
		noise   func(now time.Duration) int64
		want    bool
	}{
		{"silence", 0, nil, false},
		{"each answer is dropped", 5, nil, true},
		{"the last answer is missing", 4, nil, false},
		{"an earlier answer comes again now and then", 5, every(350 * time.Millisecond), true},
		{"much is dropped anyway", 5, every(50 * time.Millisecond), false},
		{"much is dropped anyway, and nothing answers", 0, every(50 * time.Millisecond), false},
		{"a flood is dropped", 0, every(time.Millisecond), false},
		{"now and then something is dropped", 0, every(time.Second), false},
		{"the counters go back", 0, func(now time.Duration) int64 { return int64(time.Hour - now) }, false},
		{"there are no counters", 5, func(time.Duration) int64 { return -1000 }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var looks []time.Time
				began := time.Now()
				dropped := func() int64 {
					var n int64
					if tt.noise != nil {
						n = tt.noise(time.Since(began))
					}
					mu.Lock()
					defer mu.Unlock()
					for _, at := range looks[:min(len(looks), tt.answers)] {
						if time.Since(at) >= rtt {
							n++
						}
					}
					return n
				}
				got := isDeaf(t.Context(), dropped, 250*time.Millisecond, func(ctx context.Context, timeout time.Duration) {
					mu.Lock()
					looks = append(looks, time.Now())
					mu.Unlock()
					ctx, cancel := context.WithTimeout(ctx, timeout)
					defer cancel()
					<-ctx.Done()
				})
				if got != tt.want {
					t.Errorf("%v after %d looks, want %v", got, len(looks), tt.want)
				}
			})
		})
	}
}

// TestDeaf: what this machine drops is told from what a router drops, and from what
// this machine does not let out.
func TestDeaf(t *testing.T) {
	lab := porttest.NewLab(t)
	port := uint16(1000)
	for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		for _, tt := range []struct {
			name  string
			place porttest.Place
			hook  string
			match string // before the port
			want  bool
		}{
			{"our input chain", porttest.Prober, "input", "tcp sport", true},
			{"our output chain", porttest.Prober, "output", "tcp dport", false},
			{"the router", porttest.Router, "forward", "tcp dport", false},
			{"the router, on the way back", porttest.Router, "forward", "tcp sport", false},
			{"nobody", porttest.Router, "forward", "udp dport", false},
		} {
			port++
			at := netip.AddrPortFrom(host, port)
			table := fmt.Sprintf("inet deaf%d", port)
			lab.NFT(tt.place, fmt.Sprintf("add table %[1]s\nadd chain %[1]s c { type filter hook %[2]s priority 0; }\nadd rule %[1]s c %[3]s %[4]d drop\n", table, tt.hook, tt.match, port))
			if got := (Prober{}).Deaf(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: at}, 250*time.Millisecond); got != tt.want {
				t.Errorf("%s drops, %s: deaf is %v", tt.name, at, got)
			}
			lab.NFT(tt.place, fmt.Sprintf("delete table %s\n", table)) // the prober's would stay
		}
	}
}
