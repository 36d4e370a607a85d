//go:build faults

package scan

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// declaredFaults are about ports declared filtered or unfiltered.
var declaredFaults = []fault{
	{name: "filter: declared filtered: dropped", open: "80", filtered: "81", inject: func(s *scene) { s.serve(80, 81); s.rule(81, porttest.Drop) }},
	{name: "filter: declared filtered: rejected", open: "80", filtered: "81", inject: func(s *scene) { s.serve(80, 81); s.rule(81, porttest.RejectAdmin) }},
	{name: "filter: declared filtered: refused", open: "80", filtered: "81", truth: []string{"81 closed not-filtered"}, inject: func(s *scene) { s.serve(80) }},
	{name: "filter: declared filtered: reset by the router", open: "80", filtered: "81", truth: []string{"81 closed not-filtered"}, inject: func(s *scene) { s.serve(80, 81); s.rule(81, porttest.RejectReset) }},
	{name: "filter: declared filtered: open", open: "80", filtered: "81", truth: []string{"81 open unexpected-open"}, inject: func(s *scene) { s.serve(80, 81) }},
	{name: "filter: declared filtered: all dropped, ping answers", filtered: "80 81", inject: func(s *scene) { s.SetAll(porttest.Router, s.host, porttest.Drop) }},
	{name: "filter: declared filtered: the host is down", hosts: porttest.DownAddr.String(), filtered: "80 81", truth: []string{"all unknown host-down"}, inject: func(*scene) {}},
	{name: "filter: declared unfiltered: nothing listens", unfiltered: "80 81", inject: func(s *scene) { s.serve(80) }},
	{name: "filter: declared unfiltered: dropped", unfiltered: "80 81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) { s.rule(81, porttest.Drop) }},
	{name: "filter: declared unfiltered: rejected", unfiltered: "80 81", truth: []string{"81 filtered rejected"}, inject: func(s *scene) { s.rule(81, porttest.RejectAdmin) }},
	{name: "filter: declared unfiltered: port-unreachable by the host", unfiltered: "80 81", truth: []string{"81 filtered rejected"}, inject: func(s *scene) { s.Set(porttest.Host, s.at(81), porttest.RejectPort) }},
	{name: "filter: declared filtered: ban by silence in the middle", open: "1 2 3 4 5 6 7 8", filtered: "100-300", truth: []string{"* filtered/unknown/closed stopped-answering/not-filtered"}, inject: func(s *scene) {
		s.serve(1, 2, 3, 4, 5, 6, 7, 8)
		host := "ip daddr " + s.host.String() + " meta l4proto tcp "
		s.nft(porttest.Router, "forward", host+"ip saddr @banned drop",
			host+"tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 20/second burst 20 packets } add @banned { ip saddr } drop")
	}},
}
