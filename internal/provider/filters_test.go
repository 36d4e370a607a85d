package provider

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Filter is what a firewall does with a port of a host that answers on another, and
// whether anything listens there.
type Filter struct {
	IPv6    bool
	At      porttest.Place
	Rule    porttest.Rule
	Listens bool
	words   string      // what the rule does, for the guide
	reason  look.Reason // of the ICMP error, or of silence; empty if the port answers
}

// Filters are all rules, each with a listener and without: the table of the guide "How
// ports are judged".
func Filters() []Filter {
	const router, host = porttest.Router, porttest.Host
	icmp := func(code, name string) string { return fmt.Sprintf("the router rejects with ICMP %s, %s", code, name) }
	rules := []Filter{
		{At: router, Rule: porttest.Accept, words: "no rule"},
		{At: router, Rule: porttest.Drop, reason: look.NoResponse, words: "the router drops"},
		{At: host, Rule: porttest.Drop, reason: look.NoResponse, words: "the host's own firewall drops"},
		{At: router, Rule: porttest.RejectReset, words: "the router rejects with a reset"},
		{At: host, Rule: porttest.RejectReset, words: "the host's own firewall rejects with a reset"},
		{At: host, Rule: porttest.RejectPort, reason: look.PortUnreach, words: "the host's own firewall rejects with ICMP 3/3, port unreachable"},
		{At: router, Rule: porttest.RejectNet, reason: look.NetUnreach, words: icmp("3/0", "network unreachable")},
		{At: router, Rule: porttest.RejectHost, reason: look.HostUnreach, words: icmp("3/1", "host unreachable")},
		{At: router, Rule: porttest.RejectProto, reason: look.ProtoUnreach, words: icmp("3/2", "protocol unreachable")},
		{At: router, Rule: porttest.RejectPort, reason: look.PortUnreach, words: icmp("3/3", "port unreachable")},
		{At: router, Rule: porttest.RejectNetProhibited, reason: look.NetProhibited, words: icmp("3/9", "network prohibited")},
		{At: router, Rule: porttest.RejectHostProhibited, reason: look.HostProhibited, words: icmp("3/10", "host prohibited")},
		{At: router, Rule: porttest.RejectAdmin, reason: look.AdminProhibited, words: icmp("3/13", "administratively prohibited")},
		{IPv6: true, At: router, Rule: porttest.RejectNet, reason: look.NoRoute, words: icmp("1/0 (IPv6)", "no route")},
		{IPv6: true, At: router, Rule: porttest.RejectAdmin, reason: look.AdminProhibited, words: icmp("1/1 (IPv6)", "administratively prohibited")},
		{IPv6: true, At: router, Rule: porttest.RejectHost, reason: look.HostUnreach, words: icmp("1/3 (IPv6)", "address unreachable")},
		{IPv6: true, At: router, Rule: porttest.RejectPort, reason: look.PortUnreach, words: icmp("1/4 (IPv6)", "port unreachable")},
		{IPv6: true, At: router, Rule: porttest.RejectPolicy, reason: look.AdminProhibited, words: icmp("1/5 (IPv6)", "source address failed a policy")},
		{IPv6: true, At: router, Rule: porttest.RejectRoute, reason: look.RejectRoute, words: icmp("1/6 (IPv6)", "reject route")},
	}
	var all []Filter
	for _, f := range rules {
		for _, listens := range []bool{true, false} {
			f.Listens = listens
			all = append(all, f)
		}
	}
	return all
}

// Found is what a look sees.
func (f Filter) Found() (look.State, look.Reason) {
	switch {
	case f.reason != "":
		return look.Filtered, f.reason
	case f.Listens && f.Rule == porttest.Accept:
		return look.Open, look.SynAck
	}
	return look.Closed, look.ConnRefused
}

// Cause is that of the failure where the port is declared as want; empty if it passes.
// TestAccFilters measures it.
func (f Filter) Cause(want endpoint.Want) verdict.Cause {
	state, reason := f.Found()
	down := map[look.State]verdict.Cause{look.Closed: verdict.ServiceDown, look.Filtered: verdict.Rejected}[state]
	if reason == look.NoResponse {
		down = verdict.Filtered
	}
	return map[endpoint.Want]map[look.State]verdict.Cause{
		endpoint.WantOpen:       {look.Closed: down, look.Filtered: down},
		endpoint.WantUnfiltered: {look.Filtered: down},
		endpoint.WantFiltered:   {look.Open: verdict.UnexpectedOpen, look.Closed: verdict.NotFiltered},
		endpoint.WantClosed:     {look.Open: verdict.UnexpectedOpen},
	}[want][state]
}

// filterTable is the table of the guide: a rule that makes no difference between a
// port with a listener and one without has one row.
func filterTable() string {
	var b strings.Builder
	b.WriteString("| rule | listens | found |")
	for _, want := range endpoint.Wants() {
		fmt.Fprintf(&b, " declared `%s` |", want)
	}
	b.WriteString("\n|---|---|---|---|---|---|---|\n")
	filters := Filters()
	for i := 0; i < len(filters); i += 2 {
		up, down := filters[i], filters[i+1]
		if up.row() == down.row() {
			fmt.Fprintf(&b, "| %s | yes or no |%s\n", up.words, up.row())
			continue
		}
		fmt.Fprintf(&b, "| %s | yes |%s\n| %s | no |%s\n", up.words, up.row(), down.words, down.row())
	}
	return b.String()
}

// row is what a row of the guide says of f after the rule and the listener.
func (f Filter) row() string {
	state, reason := f.Found()
	text := fmt.Sprintf(" `%s`, `%s` |", state, reason)
	for _, want := range endpoint.Wants() {
		if cause := f.Cause(want); cause != "" {
			text += fmt.Sprintf(" `%s` |", cause)
		} else {
			text += " passes |"
		}
	}
	return text
}
