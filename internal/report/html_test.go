package report_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// checkBuilder makes a check endpoint by endpoint.
type checkBuilder struct{ report.Check }

func newCheck(name string) *checkBuilder {
	return &checkBuilder{report.Check{
		Name: name, Probed: true, Passed: true,
		Results: map[endpoint.Key]look.State{}, Failures: map[endpoint.Key]verdict.Record{},
	}}
}

func (c *checkBuilder) open(scheme endpoint.Scheme, host endpoint.Host, ports ...uint16) *checkBuilder {
	for _, port := range ports {
		c.Results[endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: scheme, Host: host, Port: port}}] = look.Open
	}
	return c
}

func (c *checkBuilder) fails(key string, want endpoint.Want, state look.State, reason look.Reason, cause verdict.Cause) *checkBuilder {
	e, err := endpoint.ParseKey(key)
	if err != nil {
		panic(err)
	}
	c.Passed = false
	c.Results[e] = state
	c.Failures[e] = verdict.Record{Declared: want, State: state, Reason: reason, Cause: cause}
	return c
}

// pageChecks has each outcome, state and layout.
func pageChecks() []report.Check {
	web := newCheck("web")
	for i := range 6 {
		web.open(endpoint.TCP, endpoint.Host(fmt.Sprintf("web-%d.example.com", i+1)), 80, 443, 8080)
	}
	web.PassedAt = "2026-11-22T23:11:50Z"
	web.fails("tcp://web-2.example.com:443", "open", look.Closed, look.ConnRefused, verdict.ServiceDown).
		fails("tcp://web-2.example.com:8080", "open", look.Closed, look.ConnRefused, verdict.ServiceDown).
		fails("tcp://web-3.example.com:22", "closed", look.Open, look.SynAck, verdict.UnexpectedOpen).
		fails("tcp://web-4.example.com:80", "open", look.Filtered, look.NoResponse, verdict.Filtered).
		fails("tcp://web-5.example.com:443", "open", look.Unresponsive, look.ZeroWindow, verdict.Unhealthy).
		fails("tcp://[2001:db8::1]:443", "open", look.Filtered, "admin-prohibited", verdict.Rejected).
		fails("udp://ns.example.com:53", "open", look.OpenFiltered, look.NoResponse, verdict.Filtered)
	database := newCheck("database").open(endpoint.TCP, "10.0.0.9", 5432).open(endpoint.TCP, "10.0.0.10", 5432).open(endpoint.UDP, "10.0.0.9", 53)
	database.PassedAt = "2026-11-23T06:00:00Z"
	gone := newCheck("partner").fails("tcp://gone.example.com:443", "open", look.Unknown, look.NoSuchHost, verdict.NotResolvable)
	wide := newCheck("estate").fails("tcp://10.0.0.1:22", "open", look.Filtered, look.NoResponse, verdict.Filtered)
	for port := range uint16(200) {
		wide.open(endpoint.TCP, "10.0.0.1", 8000+port)
	}
	large := report.Check{Name: "baseline", Probed: true, Passed: true, Failures: map[endpoint.Key]verdict.Record{}}
	return []report.Check{web.Check, database.Check, gone.Check, wide.Check, large, {Name: "not yet"}}
}

// estate has hosts × 20 ports, of which one in twenty-five is not open.
func estate(hosts int) report.Check {
	c := newCheck("estate")
	failures := 0
	addr := netip.MustParseAddr("10.20.0.1")
	for i := range hosts {
		host := endpoint.Host(addr.String())
		if i%2 == 1 {
			host = endpoint.Host(fmt.Sprintf("node-%04d.prod.example.com", i))
		}
		addr = addr.Next()
		for port := range 20 {
			e := tcp(host, uint16(8000+port))
			c.Results[e] = look.Open
			if (i*20+port*7)%25 == 0 && failures < 900 {
				failures++
				c.fails(e.String(), "open", look.Filtered, look.NoResponse, verdict.Filtered)
			}
		}
	}
	return c.Check
}

func TestHTMLGolden(t *testing.T) {
	got := report.HTML(pageChecks())
	goldenPage(t, "report.html", got, "report.css", "report.js")
	if again := report.HTML(pageChecks()); again != got {
		t.Error("the same checks make another page")
	}
}

// goldenPage holds a page to a golden file, in which each of parts is named only: the
// page holds those files whole.
func goldenPage(t *testing.T, name, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(page, string(text)); n != 1 {
			t.Errorf("the page holds %s %d times", part, n)
		}
		page = strings.Replace(page, string(text), "/* "+part+" */\n", 1)
	}
	goldenFile(t, name, page)
}

func TestHTMLHeadline(t *testing.T) {
	good, bad := newCheck("good").open(endpoint.TCP, "a.example.com", 1).Check, pageChecks()[0]
	unknown, idle := pageChecks()[2], report.Check{Name: "idle"}
	tests := []struct {
		checks []report.Check
		want   string
	}{
		{nil, "No checks"},
		{[]report.Check{good}, "The check is as declared"},
		{[]report.Check{good, good}, "All 2 checks are as declared"},
		{[]report.Check{bad}, "The check is not as declared"},
		{[]report.Check{unknown}, "The check is inconclusive"},
		{[]report.Check{idle}, "The check was not probed"},
		{[]report.Check{good, bad, unknown, idle}, "1 of 4 checks not as declared"},
		{[]report.Check{good, unknown, idle}, "1 of 3 checks inconclusive"},
		{[]report.Check{good, idle}, "1 of 2 checks not probed"},
	}
	for _, tt := range tests {
		doc := parseHTML(t, report.HTML(tt.checks))
		if got := content(elements(doc, "h1")[0]); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// TestHTMLCut is a check with more failures than it keeps, more columns than a
// matrix has, and states that no version knows.
func TestHTMLCut(t *testing.T) {
	c := newCheck("cut")
	for i := range 1001 {
		key := fmt.Sprintf("tcp://h.example.com:%d", 1000+2*i)
		c.fails(key, "open", look.Closed, look.ConnRefused, verdict.ServiceDown)
		if i == 1000 {
			e, _ := endpoint.ParseKey("tcp://z.example.com:1")
			c.Results[e] = look.Closed
		}
	}
	c.fails("tcp://h.example.com:1", "open", "strange", "new", "unheard-of")
	page := report.HTML([]report.Check{c.Check})
	for _, want := range []string{"there may be more", "cause not kept", "unheard-of", ">strange<", "<span>1000</span>, <span>1002</span>, <span>1004</span>,"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, `class="matrix"`) {
		t.Error("a matrix of a thousand columns")
	}
}

func BenchmarkHTML(b *testing.B) {
	checks := []report.Check{estate(1000)}
	var page string
	for b.Loop() {
		page = report.HTML(checks)
	}
	b.ReportMetric(float64(len(page)), "bytes")
	b.ReportMetric(float64(len(page))/20_000, "bytes/cell")
}
