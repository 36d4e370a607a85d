package endpoint_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// list is a list attribute with these values.
func list(values ...string) endpoint.List {
	l := endpoint.List{Elements: []endpoint.Element{}}
	for _, v := range values {
		l.Elements = append(l.Elements, endpoint.Element{Value: v})
	}
	return l
}

var (
	left = endpoint.List{Null: true} // an attribute that was left out
	null = endpoint.List{Elements: []endpoint.Element{{Null: true}}}
	soon = endpoint.List{Unknown: true}
	// partly has one port that is known and one that comes later.
	partly = endpoint.List{Elements: []endpoint.Element{{Value: "1"}, {Unknown: true}}}
	// partlyHosts has one host that is known and one that comes later.
	partlyHosts = endpoint.List{Elements: []endpoint.Element{{Value: "a"}, {Unknown: true}}}
)

// resolve returns what d declares. The test fails if there are problems.
func resolve(tb testing.TB, d endpoint.Declaration) *endpoint.Declared {
	tb.Helper()
	declared, problems := d.Resolve()
	if declared == nil || len(problems) > 0 {
		tb.Fatalf("declares %v, problems: %v", declared, problems)
	}
	return declared
}

// told has each endpoint of d in its order, with what is declared and by which
// attribute.
func told(d *endpoint.Declared) []string {
	var lines []string
	for e, want := range d.All() {
		lines = append(lines, e.String()+" "+string(want)+" "+d.Attribute(e, want))
	}
	return lines
}

func TestResolve(t *testing.T) {
	tests := []struct {
		name string
		in   endpoint.Declaration
		want []string // endpoint, what is declared, attribute
	}{
		{
			name: "each host by each port, ranges merged, named twice is one",
			in: endpoint.Declaration{
				Hosts:  list("B.example.com.", "b.example.com", "::FFFF:192.0.2.1", "192.0.2.1"),
				Open:   list("443", "80-81", "81/tcp"),
				Closed: left,
			},
			want: []string{
				"tcp://192.0.2.1:80 open open",
				"tcp://192.0.2.1:81 open open",
				"tcp://192.0.2.1:443 open open",
				"tcp://b.example.com:80 open open",
				"tcp://b.example.com:81 open open",
				"tcp://b.example.com:443 open open",
			},
		}, {
			name: "open wins over closed, baseline too",
			in: endpoint.Declaration{
				Hosts:  list("192.0.2.9"),
				Open:   list("2"),
				Closed: list("1-3"),
				Baseline: map[string]endpoint.List{
					"192.0.2.10": list("3"),
					"192.0.2.9":  list("1"),
				},
			},
			want: []string{
				"tcp://192.0.2.9:1 open baseline",
				"tcp://192.0.2.9:2 open open",
				"tcp://192.0.2.9:3 closed closed",
				"tcp://192.0.2.10:3 open baseline",
				"tcp://192.0.2.10:1 closed closed",
				"tcp://192.0.2.10:2 closed closed",
			},
		}, {
			name: "a baseline host without ports, closed applies",
			in: endpoint.Declaration{
				Baseline: map[string]endpoint.List{"a": list()},
				Closed:   list("7"),
			},
			want: []string{"tcp://a:7 closed closed"},
		}, {
			name: "one port of a baseline is enough",
			in:   endpoint.Declaration{Baseline: map[string]endpoint.List{"a": list("1")}},
			want: []string{"tcp://a:1 open baseline"},
		}, {
			name: "a baseline has no networks, but its hosts have two spellings as others do",
			in: endpoint.Declaration{
				Baseline: map[string]endpoint.List{
					"A.":               list("1-2", "53/udp"),
					"a":                list("2-3"),
					"::ffff:192.0.2.1": list("1"),
				},
			},
			want: []string{
				"tcp://192.0.2.1:1 open baseline",
				"tcp://a:1 open baseline",
				"tcp://a:2 open baseline",
				"tcp://a:3 open baseline",
				"udp://a:53 open baseline",
			},
		}, {
			name: "open is of hosts, and beside what a baseline has of the same",
			in: endpoint.Declaration{
				Hosts:    list("a"),
				Open:     list("1", "9/udp"),
				Baseline: map[string]endpoint.List{"A": list("1-2"), "b": list("5")},
			},
			want: []string{
				"tcp://a:1 open open",
				"tcp://a:2 open baseline",
				"udp://a:9 open open",
				"tcp://b:5 open baseline",
			},
		}, {
			name: "TCP and UDP ports of one number are two endpoints",
			in: endpoint.Declaration{
				Hosts:  list("a"),
				Open:   list("53/udp"),
				Closed: list("53", "53-54/udp"),
			},
			want: []string{
				"udp://a:53 open open",
				"tcp://a:53 closed closed",
				"udp://a:54 closed closed",
			},
		}, {
			// A port that is declared open as a service is not declared closed
			// with the ports around it.
			name: "a service is open below",
			in: endpoint.Declaration{
				Hosts:    list("a"),
				Open:     list("2/https", "3/dns"),
				Closed:   list("1-3", "2-3/udp"),
				Baseline: map[string]endpoint.List{"a": list("1/ssh")},
			},
			want: []string{
				"https://a:2 open open",
				"ssh://a:1 open baseline",
				"dns://a:3 open open",
				"tcp://a:3 closed closed",
				"udp://a:2 closed closed",
			},
		}, {
			name: "the first of open, unfiltered, filtered, closed holds",
			in: endpoint.Declaration{
				Hosts:      list("a"),
				Open:       list("1/https"),
				Unfiltered: list("1-3"),
				Filtered:   list("2-5"),
				Closed:     list("1-6", "6/udp"),
			},
			want: []string{
				"https://a:1 open open",
				"tcp://a:2 unfiltered unfiltered",
				"tcp://a:3 unfiltered unfiltered",
				"tcp://a:4 filtered filtered",
				"tcp://a:5 filtered filtered",
				"tcp://a:6 closed closed",
				"udp://a:6 closed closed",
			},
		}, {
			name: "they hold on the hosts of a baseline, where it does not say open",
			in: endpoint.Declaration{
				Hosts:      list("a"),
				Unfiltered: list("1"),
				Filtered:   list("2-3"),
				Baseline:   map[string]endpoint.List{"a": list("2"), "b": list("1", "3/ssh")},
			},
			want: []string{
				"tcp://a:2 open baseline",
				"tcp://a:1 unfiltered unfiltered",
				"tcp://a:3 filtered filtered",
				"tcp://b:1 open baseline",
				"ssh://b:3 open baseline",
				"tcp://b:2 filtered filtered",
			},
		}, {
			name: "by scheme in the order of Infos, then by number",
			in: endpoint.Declaration{
				Hosts: list("a"),
				Open:  list("9", "8/ssh", "7/https", "6/udp", "5/tls", "4", "3/https"),
			},
			want: []string{
				"tcp://a:4 open open",
				"tcp://a:9 open open",
				"udp://a:6 open open",
				"tls://a:5 open open",
				"https://a:3 open open",
				"https://a:7 open open",
				"ssh://a:8 open open",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			declared := resolve(t, tt.in)
			if diff := cmp.Diff(tt.want, told(declared)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			counts, all := map[endpoint.Want]int{}, 0
			for e, want := range declared.All() {
				counts[want]++
				all++
				if got, ok := declared.Want(e); !ok || got != want {
					t.Errorf("%s is declared %q, want %q", e, got, want)
				}
			}
			got := []int{declared.OpenCount, declared.UnfilteredCount, declared.FilteredCount, declared.ClosedCount, declared.Count()}
			want := []int{counts[endpoint.WantOpen], counts[endpoint.WantUnfiltered], counts[endpoint.WantFiltered], counts[endpoint.WantClosed], all}
			if !slices.Equal(got, want) {
				t.Errorf("counts %v, want %v", got, want)
			}
			for _, e := range []endpoint.Endpoint{{Scheme: endpoint.TCP, Host: "a", Port: 65000}, {Scheme: endpoint.TCP, Host: "nobody", Port: 1}} {
				if got, ok := declared.Want(e); ok {
					t.Errorf("%s is declared %q", e, got)
				}
			}
		})
	}
}

// TestAllStops: wherever who iterates has seen enough, the iteration ends.
func TestAllStops(t *testing.T) {
	d := resolve(t, endpoint.Declaration{
		Hosts:  list("a", "b"),
		Open:   list("1-2", "1/udp"),
		Closed: list("5-6"),
	})
	all := told(d)
	if len(all) != 10 {
		t.Fatal(all)
	}
	for n := 1; n <= len(all); n++ {
		var got []string
		for e, want := range d.All() {
			if got = append(got, e.String()+" "+string(want)+" "+d.Attribute(e, want)); len(got) == n {
				break
			}
		}
		if !slices.Equal(got, all[:n]) {
			t.Errorf("the first %d are %v", n, got)
		}
	}
}

// TestOrder: the order of a declaration is not that in which it was written.
func TestOrder(t *testing.T) {
	one := endpoint.Declaration{Hosts: list("c", "a", "b"), Open: list("3", "1"), Baseline: manyHosts(50)}
	other := endpoint.Declaration{Hosts: list("b", "c", "a"), Open: list("1", "3"), Baseline: manyHosts(50)}
	want := told(resolve(t, one))
	for range 10 {
		if diff := cmp.Diff(want, told(resolve(t, other))); diff != "" {
			t.Fatalf("(-one +other)\n%s", diff)
		}
	}
}

// TestHostAttribute: a host that is in both is of hosts.
func TestHostAttribute(t *testing.T) {
	d := resolve(t, endpoint.Declaration{
		Hosts:    list("a", "192.0.2.0/30"),
		Open:     list("1"),
		Baseline: map[string]endpoint.List{"a": list("2"), "b": list("2")},
	})
	for host, want := range map[endpoint.Host]string{
		"a":         endpoint.AttrHosts,
		"192.0.2.1": endpoint.AttrHosts,
		"b":         endpoint.AttrBaseline,
	} {
		if got := d.HostAttribute(host); got != want {
			t.Errorf("%s is of %s, want %s", host, got, want)
		}
	}
}

func BenchmarkResolve100k(b *testing.B) {
	d := endpoint.Declaration{
		Hosts:    list(),
		Open:     left,
		Closed:   left,
		Baseline: map[string]endpoint.List{},
	}
	for i := range 50_000 {
		d.Baseline["h"+strconv.Itoa(i)+".example.com"] = list("22", "443")
	}
	for b.Loop() {
		if declared, problems := d.Resolve(); declared == nil || declared.OpenCount != 100_000 {
			b.Fatal(problems)
		}
	}
}

// TestEqual: a declaration equals another that declares the same, however it is
// written, and no other.
func TestEqual(t *testing.T) {
	hosts := func(host string, open, closed endpoint.List) endpoint.Declaration {
		return endpoint.Declaration{Hosts: list(host), Open: open, Closed: closed}
	}
	one := hosts("192.0.2.0/31", list("80", "443"), list("22"))
	for _, test := range []struct {
		name  string
		other endpoint.Declaration
		want  bool
	}{
		{"itself", one, true},
		{"order and scheme", hosts("192.0.2.0/31", list("443/tcp", "80"), list("22-22")), true},
		{"addresses of the CIDR", endpoint.Declaration{Hosts: list("192.0.2.1", "192.0.2.0"), Open: list("80", "443"), Closed: list("22")}, true},
		{"closed where open wins", hosts("192.0.2.0/31", list("80", "443"), list("22", "80")), true},
		{"a baseline of the same", endpoint.Declaration{
			Baseline: map[string]endpoint.List{"192.0.2.0": list("80", "443"), "192.0.2.1": list("443", "80")}, Closed: list("22"),
		}, true},
		{"another port", hosts("192.0.2.0/31", list("80", "444"), list("22")), false},
		{"filtered where open wins", endpoint.Declaration{Hosts: list("192.0.2.0/31"), Open: list("80", "443"), Closed: list("22"), Filtered: list("80")}, true},
		{"filtered where it was closed", endpoint.Declaration{Hosts: list("192.0.2.0/31"), Open: list("80", "443"), Filtered: list("22")}, false},
		{"one port less", hosts("192.0.2.0/31", list("80"), list("22")), false},
		{"another scheme", hosts("192.0.2.0/31", list("80", "443/udp"), list("22")), false},
		{"closed as well", hosts("192.0.2.0/31", list("80", "443"), list("22", "23")), false},
		{"nothing closed", hosts("192.0.2.0/31", list("80", "443"), left), false},
		{"one host less", hosts("192.0.2.0", list("80", "443"), list("22")), false},
	} {
		a, problems := one.Resolve()
		b, more := test.other.Resolve()
		if len(problems)+len(more) > 0 {
			t.Fatal(test.name, problems, more)
		}
		if a.Equal(b) != test.want || b.Equal(a) != test.want {
			t.Errorf("%s: equal is not %t", test.name, test.want)
		}
	}
}
