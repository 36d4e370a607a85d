package report_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func TestProgress(t *testing.T) {
	seen := func(port uint16, from string, want endpoint.Want, state look.State, reason look.Reason) verdict.Finding {
		return verdict.Finding{
			Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: port}, From: from, Want: want,
			Observation: verdict.Observation{Last: look.Result{State: state, Reason: reason}},
		}
	}
	for want, tt := range map[string]struct {
		asDeclared, waived, declared int
		awaited                      []verdict.Finding
	}{
		"nothing to look at":             {},
		"30 of 30 as declared":           {asDeclared: 30, declared: 30},
		"27 of 29 as declared, 2 waived": {27, 2, 29, nil},
		"27 of 28 as declared; waiting for tcp://web:443: filtered": {
			27, 0, 28, []verdict.Finding{seen(443, "", endpoint.WantOpen, look.Filtered, look.NoResponse)}},
		"0 of 3 as declared; waiting for tcp://web:80: not looked at yet (and 2 more)": {
			0, 0, 3, []verdict.Finding{seen(80, "", endpoint.WantOpen, look.Unknown, look.Cancelled)}},
		"1 of 4 as declared; waiting for tcp://web:22: open, declared closed, tcp://web:80 from vpc-a: could not be tested (no-such-host), tcp://web:81: unresponsive (service-silent)": {
			1, 0, 4, []verdict.Finding{
				seen(22, "", endpoint.WantClosed, look.Open, look.SynAck),
				seen(80, "vpc-a", endpoint.WantOpen, look.Unknown, look.NoSuchHost),
				seen(81, "", endpoint.WantOpen, look.Unresponsive, "service-silent"),
			}},
	} {
		if got := report.Progress(tt.asDeclared, tt.waived, tt.declared, tt.awaited); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
