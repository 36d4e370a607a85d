package endpoint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

const (
	expectedHost = ` Expected a host name such as "db.example.com", an address or a CIDR.`
	expectedPort = ` Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp".`
	// expectedPlain ends in what was expected instead of a service.
	expectedPlain = " names a service, and a service cannot be given here:" +
		" any port that accepts connections counts as open. Expected "
)

// problem is the one problem of an attribute's i-th element.
func problem(attribute string, i int, summary, detail string) []endpoint.Problem {
	return []endpoint.Problem{{Attribute: attribute, Index: i, Summary: summary, Detail: detail}}
}

// refused fails the test unless d declares nothing and has these problems.
func refused(t *testing.T, d endpoint.Declaration, want []endpoint.Problem) {
	t.Helper()
	declared, problems := d.Resolve()
	if declared != nil {
		t.Errorf("declares %v", declared)
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestInvalidHosts: a problem points at the element, quotes it, and says what was
// expected.
func TestInvalidHosts(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string // what follows the quoted input
	}{
		{"no host", "", " is not a host: it is empty." + expectedHost},
		{"a URL", "http://a/b", ` is not a host: a host is written without a scheme. Expected "a".`},
		{
			name: "long label",
			in:   strings.Repeat("a", 64),
			want: " is not a host: a part between two dots has at most 63 characters, this one 64." + expectedHost,
		},
		{"CIDR of too many bits", "10.0.0.0/33", " is not a CIDR." + expectedHost},
		{"CIDR of too many bits, IPv6", "2001:db8::/129", " is not a CIDR." + expectedHost},
		{"CIDR without bits", "10.0.0.0/", " is not a CIDR." + expectedHost},
		{"CIDR of less than no bits", "10.0.0.0/-1", " is not a CIDR." + expectedHost},
		{"CIDR with a leading zero", "10.0.0.0/08", ` is not a CIDR. Expected "10.0.0.0/8".`},
		{"CIDR with a mask", "10.0.0.0/255.0.0.0", ` is not a CIDR. Expected "10.0.0.0/8".`},
		{"CIDR twice", "10.0.0.0/8/8", " is not a CIDR." + expectedHost},
		{"CIDR of a name", "a/24", " is not a CIDR." + expectedHost},
		{"CIDR of nothing", "/24", " is not a CIDR." + expectedHost},
		{"CIDR with a zone", "fe80::%eth0/64", " is not a CIDR." + expectedHost},
		{
			name: "IPv4-mapped network",
			in:   "::ffff:192.0.2.0/120",
			want: " is an IPv4-mapped network. Expected it in its IPv4 form.",
		}, {
			name: "host bits",
			in:   "10.0.0.5/24",
			want: ` has host bits set. Expected the network "10.0.0.0/24" or the address "10.0.0.5".`,
		}, {
			name: "host bits, IPv6",
			in:   "2001:DB8::1/64",
			want: ` has host bits set. Expected the network "2001:db8::/64" or the address "2001:db8::1".`,
		}, {
			name: "host bits of a line between two",
			in:   "192.0.2.5/31",
			want: ` has host bits set. Expected the network "192.0.2.4/31" or the address "192.0.2.5".`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			detail := fmt.Sprintf("Element 1 of hosts: %s%s", endpoint.Quote(tt.in), tt.want)
			d := endpoint.Declaration{Hosts: list("a", tt.in), Open: list("1")}
			refused(t, d, problem("hosts", 1, "Invalid host", detail))
		})
	}
	d := endpoint.Declaration{Hosts: null, Open: list("1")}
	refused(t, d, problem("hosts", 0, "Invalid host", "Element 0 of hosts is null."+expectedHost))
}

func TestInvalidPorts(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string // what follows the quoted input
	}{
		{"no port", "domain", " is not a port." + expectedPort},
		{"wrong way round", "8010-8000", ` is a range the wrong way round. Expected "8000-8010".`},
		{"scheme", "80/htp", `: not a known scheme: "htp", the nearest is "80/http", known: ` + known + "."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			detail := fmt.Sprintf("Element 1 of open: %q%s", tt.in, tt.want)
			d := endpoint.Declaration{Hosts: list("a"), Open: list("22", tt.in)}
			refused(t, d, problem("open", 1, "Invalid port", detail))

			detail = fmt.Sprintf("Element 0 of closed: %q%s", tt.in, tt.want)
			d = endpoint.Declaration{Hosts: list("a"), Closed: list(tt.in)}
			refused(t, d, problem("closed", 0, "Invalid port", detail))

			detail = fmt.Sprintf(`Element 1 of "A" in baseline: %q%s`, tt.in, tt.want)
			d = endpoint.Declaration{Baseline: map[string]endpoint.List{"A": list("1", tt.in)}}
			refused(t, d, []endpoint.Problem{{
				Attribute: "baseline",
				Index:     -1,
				Key:       "A",
				Summary:   "Invalid port",
				Detail:    detail,
			}})
		})
	}
	d := endpoint.Declaration{Hosts: list("a"), Open: null}
	refused(t, d, problem("open", 0, "Invalid port", "Element 0 of open is null."+expectedPort))
}

// TestServiceDeclaredClosed: a service can be open, and it is a port that can be
// closed.
func TestServiceDeclaredClosed(t *testing.T) {
	for in, plain := range map[string]string{
		"443-444/https": "443-444",
		"22/ssh":        "22",
		"53/dns":        "53/udp",
		"53/dns-tcp":    "53",
	} {
		detail := fmt.Sprintf("Element 0 of closed: %q%s%q.", in, expectedPlain, plain)
		d := endpoint.Declaration{Hosts: list("a"), Closed: list(in)}
		refused(t, d, problem("closed", 0, "Invalid port", detail))
	}
}

// TestAboutFilters: filtered and unfiltered are about what lets TCP packets through.
func TestAboutFilters(t *testing.T) {
	for in, want := range map[string]string{
		"443-444/https": `names a service, and a service cannot be given here: %s is about what lets packets through, whether or not anything listens. Expected "443-444".`,
		"53/udp":        `is a UDP port, and %s is for TCP ports: an open UDP port may be as silent as a filtered one. Expected "53".`,
		"53-54/dns":     `is a UDP port, and %s is for TCP ports: an open UDP port may be as silent as a filtered one. Expected "53-54".`,
	} {
		for _, attribute := range []string{"filtered", "unfiltered"} {
			d := endpoint.Declaration{Hosts: list("a")}
			*d.Ports(endpoint.Want(attribute)) = list("1", in)
			refused(t, d, problem(attribute, 1, "Invalid port", fmt.Sprintf("Element 1 of %s: %q "+want, attribute, in, attribute)))
		}
	}
}

func TestInvalidBaseline(t *testing.T) {
	tests := []struct {
		name    string
		key     string
		ports   endpoint.List
		summary string
		detail  string
	}{
		{
			name:    "a network",
			key:     "a/8",
			ports:   list("1"),
			summary: "Invalid host",
			detail: `Key "a/8" of baseline is not a host: '/' does not belong in a host name.` +
				` Expected a host name such as "db.example.com" or an address.`,
		}, {
			name:    "no ports",
			key:     "a",
			ports:   left,
			summary: "Invalid port",
			detail:  `The ports of "a" in baseline are null. Expected a list, empty if nothing was open.`,
		}, {
			name:    "a null port",
			key:     "a",
			ports:   null,
			summary: "Invalid port",
			detail:  `Element 0 of "a" in baseline is null.` + expectedPort,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, endpoint.Declaration{Baseline: map[string]endpoint.List{tt.key: tt.ports}}, []endpoint.Problem{{
				Attribute: "baseline",
				Index:     -1,
				Key:       tt.key,
				Summary:   tt.summary,
				Detail:    tt.detail,
			}})
		})
	}
}

// TestIncomplete: to leave out a needed attribute is a mistake.
func TestIncomplete(t *testing.T) {
	const (
		nothing = "Nothing is declared. Expected at least one host in hosts (with open, unfiltered, filtered or closed) or in baseline."
		noHosts = "open applies to hosts, but there are none." +
			" Expected hosts beside open; what a baseline holds needs no open."
		noPorts = "hosts without ports declares nothing. Expected open, unfiltered, filtered or closed beside hosts."
	)
	withPort := map[string]endpoint.List{"a": list("1")}
	tests := []struct {
		name      string
		in        endpoint.Declaration
		attribute string
		want      string
	}{
		{"nothing", endpoint.Declaration{Hosts: left, Open: left, Closed: left}, "", nothing},
		{"ports alone", endpoint.Declaration{Hosts: left, Open: list("1")}, "", nothing},
		{"no ports alone", endpoint.Declaration{Hosts: left, Open: list(), Closed: left}, "", nothing},
		{"ports that come later, alone", endpoint.Declaration{Hosts: left, Closed: soon}, "", nothing},
		{"hosts alone", endpoint.Declaration{Hosts: list("a"), Open: left, Closed: left}, "hosts", noPorts},
		{"hosts that come later, alone", endpoint.Declaration{Hosts: soon, Open: left, Closed: left}, "hosts", noPorts},
		{"hosts beside a baseline", endpoint.Declaration{Hosts: list("b"), Open: left, Closed: left, Baseline: withPort}, "hosts", noPorts},
		{"open beside a baseline", endpoint.Declaration{Hosts: left, Open: list("1"), Baseline: withPort}, "open", noHosts},
		{"open beside one that comes later", endpoint.Declaration{Hosts: left, Open: list("1"), BaselineUnknown: true}, "open", noHosts},
		{"open that comes later", endpoint.Declaration{Hosts: left, Open: soon, Baseline: withPort}, "open", noHosts},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Unfiltered, tt.in.Filtered = left, left
			refused(t, tt.in, problem(tt.attribute, -1, "Incomplete declaration", tt.want))
		})
	}
}

// TestEmpty: an empty attribute declares nothing, and the result says so.
func TestEmpty(t *testing.T) {
	withPort := map[string]endpoint.List{"a": list("1")}
	tests := []struct {
		name      string
		in        endpoint.Declaration
		attribute string
		want      string
		open      int
	}{
		{"hosts", endpoint.Declaration{Hosts: list(), Open: list("1"), Closed: list("2")}, "hosts", "hosts is empty, so nothing is declared.", 0},
		{"all lists", endpoint.Declaration{Hosts: list(), Open: list(), Closed: list()}, "hosts", "hosts is empty, so nothing is declared.", 0},
		{"baseline", endpoint.Declaration{Hosts: left, Open: left, Closed: list("1"), Baseline: map[string]endpoint.List{}}, "baseline", "baseline is empty, so nothing is declared.", 0},
		{"hosts beside a baseline", endpoint.Declaration{Hosts: list(), Open: list("1"), Closed: left, Baseline: withPort}, "hosts", "hosts is empty, so open declares nothing.", 1},
		{"open", endpoint.Declaration{Hosts: list("b"), Open: list(), Closed: left, Baseline: withPort}, "open", "open is empty, so hosts declares nothing.", 1},
		{"closed", endpoint.Declaration{Hosts: list("b"), Open: left, Unfiltered: left, Filtered: left, Closed: list()}, "closed", "closed is empty, so hosts declares nothing.", 0},
		{"filtered", endpoint.Declaration{Hosts: list("b"), Open: left, Unfiltered: left, Filtered: list(), Closed: left}, "filtered", "filtered is empty, so hosts declares nothing.", 0},
		{"hosts of a baseline", endpoint.Declaration{Hosts: left, Open: left, Closed: left, Baseline: map[string]endpoint.List{"a": list(), "b": list()}}, "baseline", "No host in baseline has a port, so nothing is declared.", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			declared, problems := tt.in.Resolve()
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(problem(tt.attribute, -1, "Empty declaration: "+tt.attribute, tt.want), declared.Empty); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if declared.OpenCount != tt.open || declared.Nothing() != (tt.open == 0) {
				t.Errorf("%d open, nothing: %v", declared.OpenCount, declared.Nothing())
			}
		})
	}
}

// TestAllProblemsAtOnce: one run tells of all mistakes, in the order of the
// attributes, and of the whole only when its parts are right.
func TestAllProblemsAtOnce(t *testing.T) {
	mistaken := func(values ...string) endpoint.List {
		l := list(values...)
		l.Elements[0] = endpoint.Element{Null: true}
		return l
	}
	_, problems := endpoint.Declaration{
		Hosts:  mistaken("", "a b", "a", ""),
		Open:   mistaken("", "x"),
		Closed: list("1", "0", "2-1"),
		Baseline: map[string]endpoint.List{
			"a:1": list("1"),
			"b":   list("y"),
			"c":   left,
			"d":   list("z"),
		},
	}.Resolve()
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s %d %q", p.Attribute, p.Index, p.Key))
	}
	want := []string{
		`hosts 0 ""`, `hosts 1 ""`, `hosts 3 ""`,
		`open 0 ""`, `open 1 ""`,
		`closed 1 ""`, `closed 2 ""`,
		`baseline -1 "a:1"`, `baseline -1 "b"`, `baseline -1 "c"`, `baseline -1 "d"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	for n, want := range map[int]string{
		19:  "",
		20:  "",
		21:  "\n\nThere is 1 more mistake like these.",
		22:  "\n\nThere are 2 more mistakes like these.",
		100: "\n\nThere are 80 more mistakes like these.",
	} {
		_, problems := endpoint.Declaration{
			Hosts: list("a"),
			Open:  list(slices.Repeat([]string{"x"}, n)...),
		}.Resolve()
		if len(problems) != min(n, 20) {
			t.Fatalf("%d mistakes: %d problems", n, len(problems))
		}
		for i, p := range problems {
			detail := fmt.Sprintf(`Element %d of open: "x" is not a port.%s`, i, expectedPort)
			if i == 19 {
				detail += want
			}
			if p.Index != i || p.Detail != detail {
				t.Errorf("%d mistakes: the %d. is %q, want %q", n, i, p.Detail, detail)
			}
		}
	}
}
