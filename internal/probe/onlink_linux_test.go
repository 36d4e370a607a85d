package probe

import (
	"net/netip"
	"testing"
)

// routes is as Linux 6.18 writes it: a default route by a router, its link, and a
// longer prefix that is by a router again.
const routes = `20010db8000100000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001   prober0
20010db800010000dead000000000000 50 00000000000000000000000000000000 00 fe8000000000000000000000000000fe 00000400 00000001 00000000 00000003   prober0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001   prober0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe8000000000000000000000000000fe 00000400 00000004 00000000 00000003   prober0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001       lo
`

func TestParseOnLink(t *testing.T) {
	for addr, want := range map[string]bool{
		"2001:db8:1::fe":      true,
		"2001:db8:1:0:dead::": false,
		"2001:db8:2::1":       false,
		"fe80::fe":            true,
		"::1":                 true,
	} {
		if got := parseOnLink(routes, netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: on the link %v", addr, got)
		}
	}
	if parseOnLink("", netip.MustParseAddr("2001:db8::1")) {
		t.Error("without routes there is no link")
	}
}

func FuzzParseOnLink(f *testing.F) {
	f.Add(routes)
	f.Add("\n0 0 0 0 0\n20 ff - - -\n20010db8000100000000000000000000 ff 0 0 0 0")
	f.Fuzz(func(_ *testing.T, table string) {
		parseOnLink(table, netip.MustParseAddr("2001:db8:1::fe"))
	})
}
