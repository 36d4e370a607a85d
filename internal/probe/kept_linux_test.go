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

// TestIsKept: this machine keeps packets where one is dropped after each look, and none
// between the looks.
func TestIsKept(t *testing.T) {
	const rtt = 30 * time.Millisecond
	every := func(d time.Duration) func(time.Duration) int64 {
		return func(now time.Duration) int64 { return int64(now / d) }
	}
	for _, tt := range []struct {
		name    string
		answers int // how many of the first looks are answered, and the answer dropped
		noise   func(now time.Duration) int64
		want    bool
		noisy   bool
	}{
		{"silence", 0, nil, false, false},
		{"each answer is dropped", keptRounds, nil, true, false},
		{"the last answer is missing", keptRounds - 1, nil, false, false},
		{"an earlier answer comes again now and then", keptRounds, every(350 * time.Millisecond), true, false},
		{"much is dropped anyway", keptRounds, every(50 * time.Millisecond), false, true},
		{"much is dropped anyway, and nothing answers", 0, every(50 * time.Millisecond), false, true},
		{"a flood is dropped", 0, every(time.Millisecond), false, true},
		{"now and then something is dropped", 0, every(time.Second), false, false},
		{"the counters go back", 0, func(now time.Duration) int64 { return int64(time.Hour - now) }, false, false},
		{"there are no counters", keptRounds, func(time.Duration) int64 { return -1000 }, false, false},
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
				got, noisy := isKept(t.Context(), dropped, 250*time.Millisecond, func(ctx context.Context, timeout time.Duration) {
					mu.Lock()
					looks = append(looks, time.Now())
					mu.Unlock()
					ctx, cancel := context.WithTimeout(ctx, timeout)
					defer cancel()
					<-ctx.Done()
				})
				if got != tt.want || noisy != tt.noisy {
					t.Errorf("%v, noisy %v, after %d looks, want %v, %v", got, noisy, len(looks), tt.want, tt.noisy)
				}
			})
		})
	}
}

// TestKept: what this machine does to its own packets is told from what a router does.
func TestKept(t *testing.T) {
	lab := porttest.NewLab(t)
	port := uint16(1000)
	var ours look.Reason // of what does not leave this machine
	if heldIPv4() >= 0 {
		ours = look.PermDenied
	}
	for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		for _, tt := range []struct {
			name    string
			place   porttest.Place
			hook    string // with the kind of the chain before it
			match   string // before the port
			verdict string
			refused bool
			want    look.Reason
		}{
			{"our input chain", porttest.Prober, "filter hook input", "tcp sport", "drop", false, look.AnswersDropped},
			{"our output chain", porttest.Prober, "filter hook output", "tcp dport", "drop", false, ours},
			{"our output chain, by resets", porttest.Prober, "filter hook output", "tcp dport", "reject with tcp reset", true, look.PermDenied},
			{"our output chain, redirecting", porttest.Prober, "nat hook output", "tcp dport", "redirect to :9", true, look.PermDenied},
			{"the router", porttest.Router, "filter hook forward", "tcp dport", "drop", false, ""},
			{"the router, by resets", porttest.Router, "filter hook forward", "tcp dport", "reject with tcp reset", true, ""},
			{"the router, on the way back", porttest.Router, "filter hook forward", "tcp sport", "drop", false, ""},
			{"nobody", porttest.Router, "filter hook forward", "udp dport", "drop", true, ""},
		} {
			port++
			at := netip.AddrPortFrom(host, port)
			table := fmt.Sprintf("inet kept%d", port)
			lab.NFT(tt.place, fmt.Sprintf("add table %[1]s\nadd chain %[1]s c { type %[2]s priority 0; }\nadd rule %[1]s c %[3]s %[4]d %[5]s\n", table, tt.hook, tt.match, port, tt.verdict))
			if got, _ := (Prober{}).Kept(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: at}, tt.refused, 250*time.Millisecond); got != tt.want {
				t.Errorf("%s, %s: %q, want %q", tt.name, at, got, tt.want)
			}
			lab.NFT(tt.place, fmt.Sprintf("delete table %s\n", table)) // the prober's would stay
		}
	}
}
