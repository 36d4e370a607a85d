package scan

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// answers has what a network says at each address, or of each name.
type answers map[string][]string

// network is a Vantage whose ports answer as scripted: the n-th look at an
// address gives the n-th state, the last one for ever. "silent" takes the whole
// time-out.
type network struct {
	ports answers
	names answers         // addresses of names, after "later" from the second lookup on
	pings map[string]bool // addresses that answer ping
	rtt   time.Duration
	// After banAfter looks, nothing answers until banUntil after the first.
	banAfter int
	banUntil time.Duration

	mu       sync.Mutex
	looks    []string // "AT ADDR TIMEOUT", AT since began
	seen     map[string]int
	inFlight int
	most     int
	began    time.Time
}

func (n *network) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	r := n.begin(t, timeout)
	defer func() {
		n.mu.Lock()
		n.inFlight--
		n.mu.Unlock()
	}()
	wait := n.rtt
	if r.Reason == look.NoResponse {
		wait = timeout
	}
	r.RTT = wait
	if sleep(ctx, wait) != nil {
		r.State, r.Reason = look.Unknown, look.Cancelled
	}
	return r
}

func (n *network) begin(t look.Target, timeout time.Duration) look.Result {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen == nil {
		n.seen, n.began = map[string]int{}, time.Now()
	}
	n.inFlight++
	n.most = max(n.most, n.inFlight)
	addr := t.Addr.String()
	script := n.ports[addr]
	state := "silent"
	if len(script) > 0 {
		state = script[min(n.seen[addr], len(script)-1)]
	}
	n.seen[addr]++
	if n.banAfter > 0 && len(n.looks) >= n.banAfter && time.Since(n.began) < n.banUntil {
		state = "silent"
	}
	n.looks = append(n.looks, time.Since(n.began).String()+" "+addr+" "+timeout.String())
	r := look.Result{Remote: t.Addr, Start: time.Now()}
	switch state {
	case "open":
		r.State, r.Reason = look.Open, look.SynAck
	case "closed":
		r.State, r.Reason = look.Closed, look.ConnRefused
	case "silent":
		r.State, r.Reason = look.Filtered, look.NoResponse
		if t.Scheme.Transport() == endpoint.UDP {
			r.State = look.OpenFiltered
		}
	case "not-told":
		r.State, r.Reason = look.ClosedFiltered, look.NotTold
	case "admin-prohibited":
		r.State, r.Reason, r.ICMP = look.Filtered, look.AdminProhibited, &look.ICMP{Type: 3, Code: 13, From: netip.MustParseAddr("192.0.2.254")}
	case "net-unreach":
		r.State, r.Reason, r.ICMP = look.Filtered, look.NetUnreach, &look.ICMP{Type: 3, From: netip.MustParseAddr("192.0.2.254")}
	case "filtered no-route":
		r.State, r.Reason = look.Filtered, "no-route"
	case "host-unreach":
		r.State, r.Reason, r.ICMP = look.Filtered, look.HostUnreach, &look.ICMP{Type: 3, Code: 1, From: netip.MustParseAddr("192.0.2.254")}
	case "port-unreach":
		r.State, r.Reason, r.ICMP = look.Closed, look.PortUnreach, &look.ICMP{Type: 3, Code: 3, From: t.Addr.Addr()}
	default: // a fault
		r.State, r.Reason = look.Unknown, look.Reason(state)
	}
	return r
}

func (n *network) Ping(ctx context.Context, addr netip.Addr, timeout time.Duration) bool {
	if n.pings[addr.String()] {
		return true
	}
	_ = sleep(ctx, timeout)
	return false
}

func (*network) Name() string                         { return "net" }
func (*network) Sees(endpoint.Scheme) bool            { return true }
func (n *network) Open(context.Context) (View, error) { return n, nil }
func (*network) Capacity() int                        { return 1 << 16 }
func (*network) Close() error                         { return nil }

func (n *network) Lookup(_ context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	host := string(name)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen == nil {
		n.seen, n.began = map[string]int{}, time.Now()
	}
	n.seen[host]++
	var addrs []netip.Addr
	for _, a := range n.names[host] {
		if a == "later" {
			if n.seen[host] == 1 {
				break
			}
			continue
		}
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	if len(addrs) == 0 {
		return nil, look.NoSuchHost
	}
	return addrs, ""
}

func declare(tb testing.TB, hosts, open, closed string) *endpoint.Declared {
	tb.Helper()
	return declareAll(tb, hosts, map[endpoint.Want]string{endpoint.WantOpen: open, endpoint.WantClosed: closed})
}

// declareAll is declare for ports of any want.
func declareAll(tb testing.TB, hosts string, ports map[endpoint.Want]string) *endpoint.Declared {
	tb.Helper()
	list := func(s string) endpoint.List {
		var l endpoint.List
		for _, v := range strings.Fields(s) {
			l.Elements = append(l.Elements, endpoint.Element{Value: v})
		}
		return l
	}
	written := endpoint.Declaration{Hosts: list(hosts)}
	for want, text := range ports {
		*written.Ports(want) = list(text)
	}
	d, problems := written.Resolve()
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return d
}

var defaults = Options{Timeout: 5 * time.Second, Rechecks: 1, RecheckInterval: time.Second}

// told is what a finding says, for comparing.
func told(v verdict.Verdict) []string {
	var lines []string
	for _, f := range v.Findings {
		words := []string{
			f.Endpoint.String(),
			string(f.Want),
			string(f.Last.State),
			string(f.Last.Reason),
			string(f.Cause),
		}
		line := strings.TrimSpace(strings.Join(words, " "))
		if f.Flapping() {
			line += " was " + string(f.Was)
		}
		if f.Unsure() {
			line += " unproven"
		}
		lines = append(lines, line)
	}
	return lines
}

// runTest is one run over a scripted network.
type runTest struct {
	name   string
	net    *network
	hosts  string
	open   string
	closed string
	// filtered and unfiltered are ports as open and closed are.
	filtered, unfiltered string

	options func(*Options) // changes the defaults; may be nil
	control []endpoint.Control
	want    []string // what told makes of the verdict
	looks   []string // those that the network saw, in any order; nil: not compared
	// alike writes ports alike of which any may be looked at first: two workers
	// wait for the same pace. Nil: none are.
	alike *strings.Replacer
}

// testRuns does each of tests in its own bubble of time.
func testRuns(t *testing.T, tests []runTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := defaults
				if tt.options != nil {
					tt.options(&o)
				}
				s := New(Config{Vantage: tt.net, Limits: DefaultLimits, Control: tt.control})
				got, err := s.Run(t.Context(), declareAll(t, tt.hosts, map[endpoint.Want]string{
					endpoint.WantOpen: tt.open, endpoint.WantClosed: tt.closed, endpoint.WantFiltered: tt.filtered, endpoint.WantUnfiltered: tt.unfiltered,
				}), o)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, told(got)); diff != "" {
					t.Errorf("findings (-want +got)\n%s", diff)
				}
				if tt.looks == nil {
					return
				}
				if tt.alike != nil {
					for i, look := range tt.net.looks {
						tt.net.looks[i] = tt.alike.Replace(look)
					}
				}
				sorted := cmpopts.SortSlices(strings.Compare)
				if diff := cmp.Diff(tt.looks, tt.net.looks, sorted, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("looks (-want +got)\n%s", diff)
				}
			})
		})
	}
}

// noRechecks makes a run of one round.
func noRechecks(o *Options) { o.Rechecks = 0 }

// until makes a run go on for d, as an apply does.
func until(d time.Duration) func(*Options) {
	return func(o *Options) { o.Until = time.Now().Add(d) }
}
