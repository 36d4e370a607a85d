package report_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func unrecorded(host endpoint.Host, cause verdict.Cause, reason look.Reason) report.Unrecorded {
	return report.Unrecorded{Host: host, Cause: cause, Reason: reason}
}

func TestGaps(t *testing.T) {
	const closing = "A closing remark that is long enough to be broken into two lines, which it is."
	silent := func(hosts ...endpoint.Host) []report.Unrecorded {
		var all []report.Unrecorded
		for _, h := range hosts {
			all = append(all, unrecorded(h, "", look.NoResponse))
		}
		return all
	}
	var scattered []report.Unrecorded
	addr := netip.MustParseAddr("2001:db8::1")
	for range 60 {
		scattered = append(scattered, unrecorded(endpoint.Host(addr.String()), "", look.NoResponse))
		addr = addr.Next().Next()
	}
	golden(t, "gap", report.Gaps(silent("198.51.100.7"), false, ""))
	golden(t, "gaps-refused", report.Gaps(silent("198.51.100.7", "web.example.com"), true, closing))
	golden(t, "gaps-mixed", report.Gaps(append(silent("198.51.100.7", "198.51.100.254", "198.51.100.255", "198.51.101.0", "2001:db8::ffff", "2001:db8::1:0"),
		unrecorded("2001:db8::1:1", verdict.StoppedAnswering, look.NoResponse),
		unrecorded("2001:db8::1:2", verdict.ProberOffline, look.NoRoute),
		unrecorded("gone.example.com", verdict.NotResolvable, look.NoSuchHost),
		unrecorded("web.example.com", "", look.NoResponse),
	), false, closing))
	golden(t, "gaps-many", report.Gaps(scattered, false, ""))
	placed := append(silent("198.51.100.7"), unrecorded("198.51.100.8", verdict.VantageFailed, look.VantageFailed), unrecorded("198.51.100.9", verdict.VantageFailed, look.VantageFailed))
	for i := range placed {
		placed[i].From, placed[i].Detail = "vpc-a", "the connection was lost"
	}
	golden(t, "gaps-place", report.Gaps(placed, false, ""))
	golden(t, "unlisted", report.Unlisted([]report.Unrecorded{
		unrecorded("2001:db8::1:1", verdict.StoppedAnswering, look.NoResponse),
		unrecorded("gone.example.com", verdict.NotResolvable, look.NoSuchHost),
	}))
}

func TestUnsteady(t *testing.T) {
	var findings []verdict.Finding
	for i := range 60 {
		f := finding(endpoint.Host(fmt.Sprintf("h%02d.example.com", i)), 443, "closed", look.Filtered, look.NoResponse)
		f.Was = look.Open
		findings = append(findings, f)
	}
	reset := finding("web.example.com", 443, "open", look.Closed, look.ConnRefused)
	golden(t, "unsteady", report.Unsteady([]verdict.Finding{reset, findings[0], findings[0]}, report.ForBaseline))
	golden(t, "unsteady-many", report.Unsteady(findings, report.ForQuery))
}

func TestChanges(t *testing.T) {
	golden(t, "change", report.Changes([]report.HostChange{{Host: "198.51.100.1", Added: []string{"8081"}, Removed: []string{"8080"}}}))
	golden(t, "changes", report.Changes([]report.HostChange{
		{Host: "198.51.100.1", Note: "no longer scanned"},
		{Host: "198.51.100.7", Removed: []string{"22", "80-81", "53/udp"}, Note: "unreachable"},
		{Host: "2001:db8::1", Added: []string{"443"}},
		{Host: "db.example.com", Removed: []string{"5432"}, Note: "no longer scanned"},
		{Host: "new.example.com", Note: "new"},
		{Host: "web.example.com", Added: []string{"1001", "1003", "1005", "1007", "1009", "1011", "1013", "1015", "1017-1019"}, Note: "new"},
	}))
	var changes []report.HostChange
	for i := range 60 {
		changes = append(changes, report.HostChange{Host: endpoint.Host(fmt.Sprintf("h%02d.example.com", i)), Note: "new"})
	}
	golden(t, "changes-many", report.Changes(changes))
}
