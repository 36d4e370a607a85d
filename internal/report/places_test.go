package report_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// vpcA and euWest are places; the zero Place is this machine.
var (
	vpcA   = verdict.Place{Name: "vpc-a", Description: "ssh bastion.example.com, key SHA256:uNiVztksCsDhcc0u9e8BrqwyLXCQqcHS/5cMtJAcUVg"}
	euWest = verdict.Place{Name: "eu-west", Description: "blackbox https://blackbox.eu-west.example.com:9115/probe"}
)

// seenFrom is what p saw; its hosts answered.
func seenFrom(p verdict.Place, findings ...verdict.Finding) verdict.Seen {
	answers := map[netip.Addr]bool{}
	var lost *string
	for i := range findings {
		if f := &findings[i]; f.Last.Reason == look.VantageFailed {
			lost = &f.Last.Detail
		}
		findings[i].From = p.Name
		if p.Name != "" {
			findings[i].Last.Local = netip.AddrPort{}
		}
		answers[findings[i].Last.Remote.Addr()] = true
	}
	return verdict.Seen{Place: p, Verdict: verdict.Judge(findings, verdict.Run{Answers: answers}), Lost: lost}
}

// lostAt is an endpoint that its place could not look at.
func lostAt(host endpoint.Host, port uint16, why string) verdict.Finding {
	f := fault(finding(host, port, "open", look.Unknown, look.VantageFailed))
	f.Last.Detail = why
	return f
}

// silentFrom is what p saw of a silent host and of a name that does not resolve.
func silentFrom(p verdict.Place, run verdict.Run) verdict.Seen {
	findings := append(many("198.51.100.7", 3), fault(finding("gone.example.com", 80, "open", look.Unknown, look.NoSuchHost)))
	for i := range findings {
		findings[i].From = p.Name
	}
	return verdict.Seen{Place: p, Verdict: verdict.Judge(findings, run)}
}

// forbidden is an endpoint that its place does not let us look at.
func forbidden(host endpoint.Host, port uint16, why string) verdict.Finding {
	f := finding(host, port, "open", look.Unknown, look.VantageForbids)
	f.Last.Detail, f.Last.RTT = why, time.Millisecond
	return f
}

const (
	hostKey = `the host key is not the one that is configured. The server offers:
  ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
If that is right, set host_key to it.`
	module = `the exporter has no module for plain TCP. Add to its configuration:
  modules:
    tcp_connect:
      prober: tcp`
)

func TestFailuresOfPlaces(t *testing.T) {
	db := func(state look.State, reason look.Reason) verdict.Finding {
		return finding("10.0.3.7", 5432, "open", state, reason)
	}
	tests := []struct {
		name string // of the golden file
		seen []verdict.Seen
	}{
		{"filtered-by-source", []verdict.Seen{
			seenFrom(vpcA, db(look.Filtered, look.NoResponse)),
			seenFrom(euWest, db(look.Open, look.SynAck)),
		}},
		{"not-open", []verdict.Seen{seenFrom(vpcA, db(look.ClosedFiltered, look.NotTold))}},
		{"vantage-failed", []verdict.Seen{
			seenFrom(vpcA, lostAt("10.0.3.7", 5432, hostKey), lostAt("10.0.3.8", 5432, hostKey)),
			seenFrom(verdict.Place{}, db(look.Open, look.SynAck)),
		}},
		{"places", []verdict.Seen{
			seenFrom(vpcA,
				forbidden("10.0.3.7", 6379, "PermitOpen of the server does not have 10.0.3.7:6379"), forbidden("10.0.3.7", 6380, ""),
				finding("10.0.3.7", 22, "closed", look.Open, look.SynAck), db(look.Filtered, look.NoResponse), finding("10.0.3.7", 5433, "open", look.Filtered, look.NoResponse),
				finding("10.0.3.7", 80, "open", look.Closed, look.ConnRefused), finding("10.0.3.7", 81, "open", look.Closed, look.ConnRefused)),
			seenFrom(verdict.Place{},
				finding("10.0.3.7", 80, "open", look.Closed, look.ConnRefused), finding("10.0.3.7", 81, "open", look.Closed, look.ConnRefused),
				db(look.Open, look.SynAck), finding("10.0.3.7", 5433, "open", look.Filtered, look.NoResponse)),
			seenFrom(verdict.Place{Name: "eu-west"}, lostAt("10.0.3.7", 80, module), lostAt("10.0.3.7", 81, module), lostAt("10.0.3.7", 5432, module)),
		}},
		{"places-rejected", []verdict.Seen{seenFrom(vpcA, db(look.Filtered, look.HostUnreach), finding("10.0.3.7", 22, "open", look.Filtered, look.NetUnreach))}},
		{"places-silent", []verdict.Seen{
			silentFrom(vpcA, verdict.Run{}), silentFrom(euWest, verdict.Run{}), silentFrom(verdict.Place{}, verdict.Run{}),
		}},
		{"places-stopped", []verdict.Seen{silentFrom(vpcA, verdict.Run{Stopped: map[netip.Addr]look.State{netip.MustParseAddr("198.51.100.7"): look.Filtered}})}},
		{"places-offline", []verdict.Seen{silentFrom(vpcA, verdict.Run{Offline: true})}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := verdict.Join(tt.seen)
			golden(t, tt.name, report.Failures(v.Failures(), report.Context{Places: v.Places}))
		})
	}
}
