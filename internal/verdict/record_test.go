package verdict_test

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestRecord: what is kept of a finding is the same of each run in which nothing
// changed, and makes a finding without evidence.
func TestRecord(t *testing.T) {
	f := verdict.Finding{
		Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: 443},
		Want:     endpoint.WantOpen,
		Observation: verdict.Observation{
			Last: look.Result{
				State:  look.Filtered,
				Reason: look.AdminProhibited,
				ICMP:   &look.ICMP{Type: 3, Code: 13},
				Start:  time.Unix(1, 0),
				RTT:    time.Second,
			},
			Looks: 3,
			Was:   look.Filtered,
		},
		Cause: verdict.Rejected,
	}
	want := verdict.Record{
		Declared: endpoint.WantOpen,
		State:    look.Filtered,
		Reason:   look.AdminProhibited,
		Cause:    verdict.Rejected,
	}
	if got := f.Record(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	recorded := verdict.Finding{Endpoint: f.Endpoint, Want: f.Want, Cause: f.Cause}
	recorded.Last.State, recorded.Last.Reason = look.Filtered, look.AdminProhibited
	got := verdict.Recorded(endpoint.Key{Endpoint: f.Endpoint}, f.Record())
	if diff := cmp.Diff(recorded, got, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if again := got.Record(); again != want {
		t.Errorf("what is read back would be kept as %+v", again)
	}
}

// TestRecordText: whatever can be kept reads back as it was.
func TestRecordText(t *testing.T) {
	example := verdict.Record{Declared: endpoint.WantOpen, State: look.Closed, Reason: look.ConnRefused, Cause: verdict.ServiceDown}
	if got := example.String(); got != verdict.ExampleRecord {
		t.Errorf("%s, want %s", got, verdict.ExampleRecord)
	}
	reasons := append(look.Reasons(), look.StatusReason(503), look.StatusReason(7), "of-a-later-version")
	for _, reason := range reasons {
		for _, state := range look.States() {
			for _, want := range endpoint.Wants() {
				for _, cause := range append(verdict.Causes(), "of-a-later-version") {
					r := verdict.Record{Declared: want, State: state, Reason: reason, Cause: cause}
					if got, err := verdict.ParseRecord(r.String()); got != r || err != nil {
						t.Fatalf("%s: %+v, %v", r, got, err)
					}
				}
			}
		}
	}
}

func TestRecordErrors(t *testing.T) {
	const form = `. Expected STATE (REASON), declared WHAT: CAUSE, such as "closed (conn-refused), declared open: service-down"`
	long := strings.Repeat("x", 60)
	tests := []struct{ text, says string }{
		{"", `"" is not a failure` + form},
		{"closed", `"closed" is not a failure` + form},
		{"closed (conn-refused): service-down", `"closed (conn-refused): service-down" is not a failure` + form},
		{long + "secret", `"` + long + `…" is not a failure` + form},
		{"shut (conn-refused), declared open: service-down", `Expected as the state one of ["open" "closed" "filtered" "open|filtered" "closed|filtered" "unfiltered" "unresponsive" "unknown"]`},
		{" closed (conn-refused), declared open: service-down", "Expected as the state"},
		{"closed (Conn Refused), declared open: service-down", `Expected as the reason a word such as "conn-refused", or "status-" and three digits`},
		{"closed (), declared open: service-down", "Expected as the reason"},
		{"closed (status-), declared open: service-down", "Expected as the reason"},
		{"closed (status-5x3), declared open: service-down", "Expected as the reason"},
		{"closed (status-5030), declared open: service-down", "Expected as the reason"},
		{"closed (conn--refused), declared open: service-down", "Expected as the reason"},
		{"closed (conn-refused), declared ajar: service-down", `Expected as what is declared one of ["open" "unfiltered" "filtered" "closed"]`},
		{"closed (conn-refused), declared open: ", `Expected as the cause a word such as "service-down"`},
		{"closed (conn-refused), declared open: service-down\n", "Expected as the cause"},
		{"closed (conn-refused), declared open: <b>", "Expected as the cause"},
		{"closed (conn-refused), declared open: " + strings.Repeat("x", 41), "Expected as the cause"},
	}
	for _, tt := range tests {
		if r, err := verdict.ParseRecord(tt.text); err == nil || !strings.Contains(err.Error(), tt.says) || r != (verdict.Record{}) {
			t.Errorf("%q: %+v, %v, want %s", tt.text, r, err, tt.says)
		}
	}
}

// FuzzParseRecord: what is read is written as it was, and has no character that a
// terminal, a page or a table could take for anything but a letter.
func FuzzParseRecord(f *testing.F) {
	f.Add(verdict.ExampleRecord)
	f.Add("unresponsive (status-503), declared open: unhealthy")
	f.Add("open|filtered (no-response), declared closed: unexpected-open")
	f.Add("closed (status-<b>), declared open: \x1b[31m")
	harmless := regexp.MustCompile(`^[a-z|]{4,15} \([a-z0-9-]{1,40}\), declared [a-z]+: [a-z0-9-]{1,40}$`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := verdict.ParseRecord(text)
		switch {
		case err != nil && (r != (verdict.Record{}) || utf8.RuneCountInString(err.Error()) > 900):
			t.Fatalf("%q: %+v, %v", text, r, err)
		case err == nil && (r.String() != text || !harmless.MatchString(text)):
			t.Fatalf("%q got through as %q", text, r)
		}
	})
}

func TestOutlasts(t *testing.T) {
	tests := []struct {
		state       look.State
		before, now look.Reason
		state2      look.State
		outlasts    bool
	}{
		{look.Filtered, look.AdminProhibited, look.NoResponse, look.Filtered, true},
		{look.Filtered, look.NoResponse, look.AdminProhibited, look.Filtered, false},
		{look.Filtered, look.AdminProhibited, look.HostProhibited, look.Filtered, true},
		{look.Filtered, look.NoResponse, look.NoResponse, look.Filtered, true},
		{look.Filtered, look.AdminProhibited, look.ConnRefused, look.Closed, false},
		{look.Filtered, look.NoResponse, look.ConnRefused, look.Closed, false},
		{look.Closed, look.ConnRefused, look.PortUnreach, look.Closed, true},
		{look.Closed, look.ConnRefused, look.NoResponse, look.Filtered, false},
		{look.OpenFiltered, look.NoResponse, look.NoResponse, look.OpenFiltered, true},
		{look.Open, look.SynAck, look.UDPResponse, look.Open, true},
		{look.Unknown, look.NoSuchHost, look.ResolverTimeout, look.Unknown, true},
		{look.Unknown, look.NoSuchHost, look.NoResponse, look.Filtered, false},
		{look.Unresponsive, "status-503", look.TLSExpired, look.Unresponsive, false},
		{look.Unresponsive, look.TLSExpired, look.NoGreeting, look.Unresponsive, false},
		{look.Unresponsive, look.TLSExpired, look.TLSExpired, look.Unresponsive, false},
	}
	for _, tt := range tests {
		before := verdict.Record{State: tt.state, Reason: tt.before}
		now := verdict.Record{State: tt.state2, Reason: tt.now}
		if got := before.Outlasts(now); got != tt.outlasts {
			t.Errorf("%s %s, then %s %s: %v", tt.state, tt.before, tt.state2, tt.now, got)
		}
	}
}
