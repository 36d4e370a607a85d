package scan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func TestMain(m *testing.M) {
	code := porttest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// network is a Vantage whose ports answer as scripted: the n-th
// look at an address gives the n-th state, the last one for ever. "silent"
// takes the whole time-out.
type network struct {
	ports map[string][]string
	names map[string][]string
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
	case "filtered no-route":
		r.State, r.Reason = look.Filtered, "no-route"
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
	list := func(s string) endpoint.List {
		var l endpoint.List
		for _, v := range strings.Fields(s) {
			l.Elements = append(l.Elements, endpoint.Element{Value: v})
		}
		return l
	}
	d, problems := endpoint.Declaration{Hosts: list(hosts), Open: list(open), Closed: list(closed)}.Resolve()
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
		line := strings.Join([]string{f.Endpoint.String(), string(f.Want), string(f.Last.State), string(f.Last.Reason), string(f.Cause)}, " ")
		line = strings.TrimSpace(line)
		if f.Flapping() {
			line += " was " + string(f.Was)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPlan(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	got := Plan(declare(t, "web 192.0.2.1 gone", "80", "22"), map[endpoint.Host]Resolution{
		"web":       {Addrs: []netip.Addr{a, b}},
		"192.0.2.1": {Addrs: []netip.Addr{a}},
		"gone":      {Fault: look.NoSuchHost},
	})
	e := func(host endpoint.Host, port uint16) endpoint.Endpoint {
		return endpoint.Endpoint{Scheme: endpoint.TCP, Host: host, Port: port}
	}
	want := []Job{
		{Endpoint: e("192.0.2.1", 80), Want: "open", Addrs: []netip.Addr{a}},
		{Endpoint: e("192.0.2.1", 22), Want: "closed", Addrs: []netip.Addr{a}},
		{Endpoint: e("gone", 80), Want: "open", Fault: look.NoSuchHost},
		{Endpoint: e("gone", 22), Want: "closed", Fault: look.NoSuchHost},
		{Endpoint: e("web", 80), Want: "open", Addrs: []netip.Addr{a, b}},
		{Endpoint: e("web", 22), Want: "closed", Addrs: []netip.Addr{a, b}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRun(t *testing.T) {
	tests := []struct {
		name         string
		net          *network
		hosts        string
		open, closed string
		options      func(*Options)
		control      []endpoint.Endpoint
		want         []string
		looks        []string // nil: not compared
	}{
		{
			name: "what is as declared is looked at once",
			net:  &network{rtt: 10 * time.Millisecond, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.1:22": {"closed"}}}, hosts: "192.0.2.1", open: "80", closed: "22",
			want:  []string{"tcp://192.0.2.1:80 open open syn-ack"},
			looks: []string{"0s 192.0.2.1:80 5s", "0s 192.0.2.1:22 5s"},
		}, {
			name: "a failure is looked at again, with twice the time-out, after a pause",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.1:81": {"closed"}}}, hosts: "192.0.2.1", open: "80 81 82",
			options: func(o *Options) { o.Rechecks = 2 },
			want: []string{
				"tcp://192.0.2.1:80 open open syn-ack",
				"tcp://192.0.2.1:81 open closed conn-refused service-down",
				"tcp://192.0.2.1:82 open filtered no-response filtered",
			},
			looks: []string{
				"0s 192.0.2.1:80 5s", "0s 192.0.2.1:81 5s", "0s 192.0.2.1:82 5s",
				"6s 192.0.2.1:81 10s", "6.02s 192.0.2.1:82 10s", // 50 a second
				"17.02s 192.0.2.1:81 20s", "17.04s 192.0.2.1:82 20s",
				"37.04s 192.0.2.1:80 5s", // does it still answer?
			},
		}, {
			name: "flapping ends as declared",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"silent", "open"}, "192.0.2.1:22": {"open", "closed"}}}, hosts: "192.0.2.1", open: "80", closed: "22",
			want: []string{"tcp://192.0.2.1:22 closed closed conn-refused was open", "tcp://192.0.2.1:80 open open syn-ack was filtered"},
		}, {
			name: "hosts of which no port answers, but ping",
			net:  &network{pings: map[string]bool{"192.0.2.1": true}}, hosts: "192.0.2.1 192.0.2.2", open: "80", options: func(o *Options) { o.Rechecks = 0 },
			want: []string{"tcp://192.0.2.1:80 open filtered no-response prober-blocked", "tcp://192.0.2.2:80 open filtered no-response host-down"},
		}, {
			name: "no re-check",
			net:  &network{}, hosts: "192.0.2.1", open: "80", options: func(o *Options) { o.Rechecks = 0 },
			want: []string{"tcp://192.0.2.1:80 open filtered no-response host-down"}, looks: []string{"0s 192.0.2.1:80 5s"},
		}, {
			name: "unexpectedly open, silence is as declared",
			net:  &network{ports: map[string][]string{"192.0.2.1:22": {"open"}}}, hosts: "192.0.2.1", closed: "22 23",
			want: []string{"tcp://192.0.2.1:22 closed open syn-ack unexpected-open"},
		}, {
			name: "what was found open is asked again for the whole time",
			net:  &network{ports: map[string][]string{"192.0.2.1:22": {"open", "silent"}}}, hosts: "192.0.2.1", closed: "22",
			want:  []string{"tcp://192.0.2.1:22 closed filtered no-response was open"},
			looks: []string{"0s 192.0.2.1:22 5s", "1s 192.0.2.1:22 10s"},
		}, {
			name: "apply goes on, backing off, until it is as declared",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"closed", "closed", "closed", "closed", "open"}}}, hosts: "192.0.2.1", open: "80",
			options: func(o *Options) { o.Until = time.Now().Add(time.Minute) },
			want:    []string{"tcp://192.0.2.1:80 open open syn-ack was closed"},
			looks:   []string{"0s 192.0.2.1:80 5s", "1s 192.0.2.1:80 10s", "2s 192.0.2.1:80 10s", "4s 192.0.2.1:80 10s", "8s 192.0.2.1:80 10s"},
		}, {
			name: "apply gives up; a look that the deadline cut says nothing",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"closed", "closed", "silent"}}}, hosts: "192.0.2.1", open: "80",
			options: func(o *Options) { o.Until = time.Now().Add(10 * time.Second) },
			want:    []string{"tcp://192.0.2.1:80 open closed conn-refused service-down"},
			looks:   []string{"0s 192.0.2.1:80 5s", "1s 192.0.2.1:80 10s", "2s 192.0.2.1:80 10s"},
		}, {
			name: "apply uses its time up",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"closed", "closed", "closed", "closed", "closed", "open"}}}, hosts: "192.0.2.1", open: "80",
			options: func(o *Options) { o.Until = time.Now().Add(12 * time.Second) },
			want:    []string{"tcp://192.0.2.1:80 open open syn-ack was closed"},
			looks:   []string{"0s 192.0.2.1:80 5s", "1s 192.0.2.1:80 10s", "2s 192.0.2.1:80 10s", "4s 192.0.2.1:80 10s", "8s 192.0.2.1:80 10s", "10s 192.0.2.1:80 10s"},
		}, {
			name: "the first look and the re-checks are made however short the time",
			net:  &network{}, hosts: "192.0.2.1", open: "80", options: func(o *Options) { o.Until = time.Now().Add(time.Second) },
			want:  []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
			looks: []string{"0s 192.0.2.1:80 5s", "6s 192.0.2.1:80 10s"},
		}, {
			name:  "every address counts",
			net:   &network{rtt: 10 * time.Millisecond, names: map[string][]string{"web": {"192.0.2.2", "192.0.2.1"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"closed"}}},
			hosts: "web", open: "80", closed: "22", want: []string{"tcp://web:80 open closed conn-refused service-down"},
			looks: []string{"0s 192.0.2.1:80 5s", "0s 192.0.2.1:22 5s", "0s 192.0.2.2:80 5s", "0s 192.0.2.2:22 5s",
				"5s 192.0.2.1:80 100ms", "5s 192.0.2.2:80 100ms", // port 22 is silent: do they still answer?
				"5.01s 192.0.2.1:22 200ms", "5.01s 192.0.2.2:22 200ms", // and is it?
				"6.21s 192.0.2.2:80 10s"},
		}, {
			name:  "or one is enough",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "192.0.2.2"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"closed"}, "192.0.2.1:22": {"open"}}},
			hosts: "web", open: "80", closed: "22", options: func(o *Options) { o.OneIsEnough = true }, want: []string{"tcp://web:80 open open syn-ack"},
		}, {
			name:  "a family without a route is left out",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "2001:db8::1"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "[2001:db8::1]:80": {"no-route"}}},
			hosts: "web", open: "80", want: []string{"tcp://web:80 open open syn-ack"},
		}, {
			name:  "so it is of a port declared closed",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "2001:db8::1"}}, ports: map[string][]string{"192.0.2.1:22": {"closed"}, "[2001:db8::1]:22": {"no-route"}}},
			hosts: "web", closed: "22",
		}, {
			name:  "a route that a router does not have is an answer",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "2001:db8::1"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "[2001:db8::1]:80": {"filtered no-route"}}},
			hosts: "web", open: "80", want: []string{"tcp://web:80 open filtered no-route rejected"},
		}, {
			name:  "one address of a family without a route is not left out",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "192.0.2.2"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"no-route"}}},
			hosts: "web", open: "80", want: []string{"tcp://web:80 open unknown no-route prober-offline"},
		}, {
			name:  "flapping at a later address",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "192.0.2.2"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"closed", "open"}}},
			hosts: "web", open: "80", want: []string{"tcp://web:80 open open syn-ack was closed"},
		}, {
			name:  "an IP version",
			net:   &network{names: map[string][]string{"web": {"192.0.2.1", "2001:db8::1"}}, ports: map[string][]string{"[2001:db8::1]:80": {"open"}}},
			hosts: "web 192.0.2.9", open: "80", options: func(o *Options) { o.IPVersion = 6 },
			want: []string{"tcp://192.0.2.9:80 open unknown no-address not-resolvable", "tcp://web:80 open open syn-ack"},
		}, {
			name:  "names that do not resolve are inconclusive",
			net:   &network{},
			hosts: "gone", open: "80", closed: "22",
			want: []string{"tcp://gone:22 closed unknown no-such-host not-resolvable", "tcp://gone:80 open unknown no-such-host not-resolvable"},
		}, {
			name:  "a name that resolves at the second try",
			net:   &network{names: map[string][]string{"new": {"later", "192.0.2.1"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}}},
			hosts: "new", open: "80", want: []string{"tcp://new:80 open open syn-ack"},
		}, {
			name: "the prober's own faults are inconclusive, whatever came before",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"closed", "no-descriptor"}, "192.0.2.1:81": {"no-route"}, "192.0.2.1:82": {"no-descriptor", "open"}}}, hosts: "192.0.2.1", open: "80 81 82",
			want: []string{
				"tcp://192.0.2.1:80 open unknown no-descriptor prober-exhausted",
				"tcp://192.0.2.1:81 open unknown no-route prober-offline",
				"tcp://192.0.2.1:82 open open syn-ack",
			},
		}, {
			name: "nothing answers, control neither",
			net:  &network{}, hosts: "192.0.2.1 192.0.2.2", open: "80", closed: "22",
			control: []endpoint.Endpoint{{Scheme: "tcp", Host: "192.0.2.53", Port: 53}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown no-response prober-offline", "tcp://192.0.2.1:80 open unknown no-response prober-offline",
				"tcp://192.0.2.2:22 closed unknown no-response prober-offline", "tcp://192.0.2.2:80 open unknown no-response prober-offline",
			},
		}, {
			name: "silence as declared is no evidence either when control is silent",
			net:  &network{}, hosts: "192.0.2.1", closed: "22 53/udp",
			control: []endpoint.Endpoint{{Scheme: "tcp", Host: "192.0.2.53", Port: 53}},
			want:    []string{"tcp://192.0.2.1:22 closed unknown no-response prober-offline", "udp://192.0.2.1:53 closed unknown no-response prober-offline"},
		}, {
			name: "but it is when control answers",
			net:  &network{ports: map[string][]string{"192.0.2.53:53": {"open"}}}, hosts: "192.0.2.1", closed: "22 53/udp",
			control: []endpoint.Endpoint{{Scheme: "tcp", Host: "192.0.2.53", Port: 53}},
		}, {
			name: "UDP: an answer, a refusal, silence",
			net:  &network{ports: map[string][]string{"192.0.2.1:53": {"open"}, "192.0.2.1:123": {"port-unreach"}}}, hosts: "192.0.2.1", open: "53/udp 123/udp 514/udp", options: func(o *Options) { o.Rechecks = 0 },
			want: []string{
				"udp://192.0.2.1:53 open open syn-ack",
				"udp://192.0.2.1:123 open closed port-unreach service-down",
				"udp://192.0.2.1:514 open open|filtered no-response filtered",
			},
			looks: []string{"0s 192.0.2.1:53 5s", "0s 192.0.2.1:123 5s", "0s 192.0.2.1:514 5s"}, // what answers over UDP is not asked again
		}, {
			name: "silent UDP counts as open, a refusal does not, nor silence right after it",
			net:  &network{ports: map[string][]string{"192.0.2.1:123": {"port-unreach", "silent"}}}, hosts: "192.0.2.1", open: "123/udp 514/udp", closed: "69/udp", options: func(o *Options) { o.SilentUDPIsOpen = true },
			want: []string{
				"udp://192.0.2.1:69 closed open|filtered no-response unexpected-open",
				"udp://192.0.2.1:123 open closed port-unreach service-down",
				"udp://192.0.2.1:514 open open|filtered no-response",
			},
		}, {
			name: "silent UDP counts as open, a service that is silent does not",
			net:  &network{}, hosts: "192.0.2.1", open: "53/dns 53/udp", options: func(o *Options) { o.SilentUDPIsOpen = true },
			want: []string{
				"dns://192.0.2.1:53 open open|filtered no-response host-down",
				"udp://192.0.2.1:53 open open|filtered no-response",
			},
		}, {
			name: "two silent looks after it do",
			net:  &network{ports: map[string][]string{"192.0.2.1:123": {"port-unreach", "silent"}}}, hosts: "192.0.2.1", open: "123/udp", options: func(o *Options) { o.SilentUDPIsOpen, o.Rechecks = true, 2 },
			want: []string{"udp://192.0.2.1:123 open open|filtered no-response was closed"},
		}, {
			name: "nothing answers, but one of the control endpoints",
			net:  &network{ports: map[string][]string{"192.0.2.53:53": {"silent", "open"}}}, hosts: "192.0.2.1", open: "80",
			control: []endpoint.Endpoint{{Scheme: "tcp", Host: "gone", Port: 53}, {Scheme: "tcp", Host: "192.0.2.53", Port: 53}},
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
		}, {
			name: "a control endpoint that refuses is an answer",
			net:  &network{ports: map[string][]string{"192.0.2.53:53": {"closed"}}}, hosts: "192.0.2.1", open: "80",
			control: []endpoint.Endpoint{{Scheme: "tcp", Host: "192.0.2.53", Port: 53}},
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
		}, {
			name: "something answers: control is not asked",
			net:  &network{ports: map[string][]string{"192.0.2.1:80": {"closed"}}}, hosts: "192.0.2.1", open: "80", options: func(o *Options) { o.Rechecks = 0 },
			control: []endpoint.Endpoint{{Scheme: "tcp", Host: "192.0.2.53", Port: 53}},
			want:    []string{"tcp://192.0.2.1:80 open closed conn-refused service-down"}, looks: []string{"0s 192.0.2.1:80 5s"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := defaults
				if tt.options != nil {
					tt.options(&o)
				}
				got, err := New(Config{Vantage: tt.net, Limits: DefaultLimits, Control: tt.control}).Run(t.Context(), declare(t, tt.hosts, tt.open, tt.closed), o)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, told(got)); diff != "" {
					t.Errorf("findings (-want +got)\n%s", diff)
				}
				if tt.looks == nil {
					return
				}
				sorted := cmpopts.SortSlices(strings.Compare)
				if diff := cmp.Diff(tt.looks, tt.net.looks, sorted); diff != "" {
					t.Errorf("looks (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestCancel(t *testing.T) {
	for _, after := range []time.Duration{0, 3 * time.Second, 5500 * time.Millisecond, 7 * time.Second, 40 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			cause := errors.New("interrupted")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(after, func() { cancel(cause) })
			if after == 0 {
				cancel(cause)
			}
			began := time.Now()
			o := defaults
			o.Until = began.Add(time.Hour)
			net := &network{}
			_, err := New(Config{Vantage: net, Limits: Limits{MaxChecks: 10, MaxHosts: 2, MaxRate: 100}}).Run(ctx, declare(t, "192.0.2.0/29", "1-100", ""), o)
			if !errors.Is(err, cause) || time.Since(began) != after {
				t.Errorf("%v after %s, want %v after %s", err, time.Since(began), cause, after)
			}
		})
	}
}

// TestLimitsAreShared runs ten scans at once and holds the network's view of
// them to the limits.
func TestLimitsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{}}
		for _, addr := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
			for port := range uint16(100) {
				net.ports[netip.AddrPortFrom(netip.MustParseAddr(addr), port+1).String()] = []string{"open"}
			}
		}
		s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 3, MaxHosts: 2, MaxRate: 40}})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				v, err := s.Run(t.Context(), declare(t, "192.0.2.1 192.0.2.2 192.0.2.3", "1-100", ""), defaults)
				if err != nil || len(v.Failures()) > 0 || len(v.Findings) != 300 {
					t.Errorf("%v, %d failures among %d", err, len(v.Failures()), len(v.Findings))
				}
			})
		}
		began := time.Now()
		wg.Wait()
		if net.most > 6 {
			t.Errorf("%d looks in flight, at most 3 x 2 allowed", net.most)
		}
		// 3,000 looks at 40 a second, the first at once.
		if took, want := time.Since(began), 3000*time.Second/40; took < want-time.Second || took > want+time.Second {
			t.Errorf("took %s, at 40 looks a second it takes %s", took, want)
		}
		if len(s.limiter.windows) != 0 || len(s.limiter.hosts) != 0 || len(s.limiter.capacity) != 0 {
			t.Errorf("limits still in use: %v", s.limiter)
		}
	})
}

// TestSweepAdapts: silence of what is declared closed is waited for by the
// host's round-trip time, and asked about twice.
func TestSweepAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{rtt: 80 * time.Millisecond, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.1:3": {"silent", "open"}}}
		v, err := New(Config{Vantage: net, Limits: Limits{MaxChecks: 1, MaxHosts: 1}}).Run(t.Context(), declare(t, "192.0.2.1", "80", "1-3"), Options{Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		// RFC 6298: 80 ms + 4 x 40 ms; then twice that.
		wantLooks := []string{
			"0s 192.0.2.1:80 5s",
			"80ms 192.0.2.1:1 240ms", "320ms 192.0.2.1:1 480ms",
			"800ms 192.0.2.1:2 240ms", "1.04s 192.0.2.1:2 480ms",
			"1.52s 192.0.2.1:3 240ms", "1.76s 192.0.2.1:3 480ms",
			"1.84s 192.0.2.1:80 200ms", // does the host still answer?
			"1.92s 192.0.2.1:1 340ms",  // is it silent at a low pace, too?
		}
		if diff := cmp.Diff(wantLooks, net.looks); diff != "" {
			t.Errorf("looks (-want +got)\n%s", diff)
		}
		want := []string{"tcp://192.0.2.1:3 closed open syn-ack unexpected-open", "tcp://192.0.2.1:80 open open syn-ack"}
		if diff := cmp.Diff(want, told(v)); diff != "" {
			t.Errorf("findings (-want +got)\n%s", diff)
		}
	})
}

func TestRTT(t *testing.T) {
	var r rtt
	if got := r.timeout(time.Second); got != time.Second {
		t.Errorf("without an answer %s", got)
	}
	for range 100 {
		r.observe(10 * time.Millisecond)
	}
	if got := r.timeout(time.Second); got != lowestTimeout {
		t.Errorf("steady 10 ms: %s", got)
	}
	r.observe(1030 * time.Millisecond) // to which SYN?
	if got := r.timeout(time.Second); got != lowestTimeout {
		t.Errorf("after an answer to a second SYN: %s", got)
	}
	r.observe(900 * time.Millisecond)
	if got := r.timeout(500 * time.Millisecond); got != 500*time.Millisecond {
		t.Errorf("after a slow answer %s, want the ceiling", got)
	}
}

func TestRecheckPace(t *testing.T) {
	for n, want := range map[int]float64{1: 50, 1000: 50, 2000: 100, 10_000: 500} {
		if got := float64(recheckPace(n)); got != want {
			t.Errorf("%d re-checks at %g a second, want %g", n, got, want)
		}
	}
}

func TestOneLookAtEachAddressIsOrdered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{ports: map[string][]string{}}
		s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 1, MaxHosts: 1}})
		if _, err := s.Run(t.Context(), declare(t, "192.0.2.1", "3 1", "2"), Options{Timeout: time.Second}); err != nil {
			t.Fatal(err)
		}
		want := []string{"0s 192.0.2.1:1 1s", "1s 192.0.2.1:3 1s", "2s 192.0.2.1:2 1s"}
		if !slices.Equal(net.looks, want) {
			t.Errorf("looks %v, want %v", net.looks, want)
		}
	})
}
