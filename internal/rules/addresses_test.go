package rules_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

// The world of TestAddressByAddress: the addresses of 10.0.0.0/29, one beside
// them, two of IPv6, members of two tags whose addresses nobody knows, and ports
// from 1 to 6.
var (
	worldAddresses = []string{"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7", "192.0.2.1", "2001:db8::1", "fd00::1"}
	worldSources   = []string{"*", "0.0.0.0/0", "::/0", "10.0.0.0/29", "10.0.0.0/30", "10.0.0.4/30", "10.0.0.2/31", "10.0.0.5", "10.0.0.4/31", "Internet", "VirtualNetwork", "2001:db8::/32"}
	worldQueries   = []string{"", "10.0.0.0/29", "10.0.0.4/30", "10.0.0.2/31", "10.0.0.5", "192.0.2.1", "2001:db8::1", "Internet"}
)

const worldPorts = 6

// randomRules are up to six rules of different priorities.
func randomRules(random *rand.Rand) []any {
	var all []any
	for priority := range random.IntN(6) + 1 {
		first := random.IntN(worldPorts) + 1
		last := first + random.IntN(worldPorts-first+1)
		sources := []any{}
		for range random.IntN(2) + 1 {
			sources = append(sources, worldSources[random.IntN(len(worldSources))])
		}
		access := []string{"Allow", "Deny"}[random.IntN(2)]
		all = append(all, map[string]any{
			"direction": "Inbound", "access": access, "protocol": "Tcp", "priority": float64(priority),
			"destination_port_range": fmt.Sprintf("%d-%d", first, last), "source_address_prefixes": sources,
		})
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// letsIn is the definition: the rule of the lowest priority that has port and
// sender decides, an address or a tag.
func letsIn(all []any, sender string, port int) bool {
	decided, allowed := 1e9, false
	for _, v := range all {
		r := v.(map[string]any)
		var first, last int
		if _, err := fmt.Sscanf(r["destination_port_range"].(string), "%d-%d", &first, &last); err != nil {
			panic(err)
		}
		has := slices.ContainsFunc(r["source_address_prefixes"].([]any), func(s any) bool { return hasSender(s.(string), sender) })
		if priority := r["priority"].(float64); has && first <= port && port <= last && priority < decided {
			decided, allowed = priority, r["access"] == "Allow"
		}
	}
	return allowed
}

// hasSender tells whether source has the sender. Members of a tag have IPv4
// addresses, whichever.
func hasSender(source, sender string) bool {
	addr, err := netip.ParseAddr(sender)
	if source == "*" || source == sender || source == "0.0.0.0/0" && err != nil {
		return true
	}
	p, wrong := netip.ParsePrefix(source)
	return err == nil && wrong == nil && p.Contains(addr)
}

// TestAddressByAddress holds what is computed with whole networks to the definition
// for each address alone.
func TestAddressByAddress(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		all := randomRules(random)
		for _, query := range worldQueries {
			var want []string
			for port := 1; port <= worldPorts; port++ {
				if wanted(all, query, port) {
					want = append(want, fmt.Sprint(port))
				}
			}
			got, err := rules.AzureRulePorts(all, strings.Fields(query)...)
			if err != nil || !slices.Equal(each(t, got), want) {
				t.Fatalf("%v from %q: %q, %v, want %q", all, query, got, err, want)
			}
		}
	}
}

// wanted tells whether port is let in from each address of the query; without a
// query, from any.
func wanted(all []any, query string, port int) bool {
	if query == "" {
		senders := append(slices.Clone(worldAddresses), "Internet", "VirtualNetwork")
		return slices.ContainsFunc(senders, func(s string) bool { return letsIn(all, s, port) })
	}
	p, err := netip.ParsePrefix(query)
	if err != nil {
		return letsIn(all, query, port)
	}
	for _, a := range worldAddresses {
		if p.Contains(netip.MustParseAddr(a)) && !letsIn(all, a, port) {
			return false
		}
	}
	return true
}

// each lists the ports of ranges one by one.
func each(t *testing.T, ranges []string) []string {
	t.Helper()
	of, err := portsOf(ranges)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for port := range of["tcp"].All() {
		all = append(all, fmt.Sprint(port))
	}
	return all
}
