package report_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	prober = netip.MustParseAddrPort("192.0.2.1:40312")
)

// finding is an endpoint of web (198.51.100.1) that was looked at twice.
func finding(host endpoint.Host, port uint16, want endpoint.Want, state look.State, reason look.Reason) verdict.Finding {
	addr := netip.MustParseAddr("198.51.100.1")
	if a, ok := host.Addr(); ok {
		addr = a
	}
	local := prober
	if addr.Is6() {
		local = netip.MustParseAddrPort("[2001:db8::fe]:40312")
	}
	return verdict.Finding{
		Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: host, Port: port}, Want: want,
		Observation: verdict.Observation{First: noon, Looks: 2, Last: look.Result{
			State: state, Reason: reason, Local: local, Remote: netip.AddrPortFrom(addr, port), Start: noon.Add(6 * time.Second), RTT: 10 * time.Second,
		}},
	}
}

func icmp(f verdict.Finding, typ, code uint8, from string) verdict.Finding {
	f.Last.ICMP = &look.ICMP{Type: typ, Code: code, From: netip.MustParseAddr(from)}
	f.Last.RTT = 1234 * time.Microsecond
	return f
}

func fault(f verdict.Finding) verdict.Finding {
	f.Observation = verdict.Observation{Last: look.Result{State: look.Unknown, Reason: f.Last.Reason}}
	return f
}

func udp(f verdict.Finding) verdict.Finding {
	f.Endpoint.Scheme = endpoint.UDP
	return f
}

// service is a service of web that does not speak.
func service(scheme endpoint.Scheme, port uint16, reason look.Reason, detail string, speaks endpoint.Scheme) verdict.Finding {
	f := finding("web.example.com", port, "open", look.Unresponsive, reason)
	f.Endpoint.Scheme, f.Last.Detail, f.Last.Speaks, f.Last.RTT = scheme, detail, speaks, 2345*time.Microsecond
	return f
}

// many are n silent ports of a host, every other one.
func many(host endpoint.Host, n int) []verdict.Finding {
	var findings []verdict.Finding
	for i := range n {
		findings = append(findings, finding(host, uint16(1000+2*i), "open", look.Filtered, look.NoResponse))
	}
	return findings
}

func TestFailures(t *testing.T) {
	silent := func(port uint16) verdict.Finding {
		return finding("web.example.com", port, "open", look.Filtered, look.NoResponse)
	}
	about := report.Context{Timeout: 5 * time.Second, MaxRate: 2000}
	tests := []struct {
		name     string // of the golden file
		findings []verdict.Finding
		answers  bool
		offline  bool
		context  report.Context
	}{
		{"filtered", []verdict.Finding{silent(443)}, true, false, report.Context{Occasion: report.Drift, Timeout: 5 * time.Second, PassedAt: "2026-11-22T23:11:50Z"}},
		{"service-down", []verdict.Finding{finding("web.example.com", 443, "open", look.Closed, look.ConnRefused)}, true, false, about},
		{"rejected", []verdict.Finding{
			icmp(finding("web.example.com", 443, "open", look.Filtered, "admin-prohibited"), 3, 13, "192.0.2.254"),
			icmp(finding("2001:db8::1", 22, "open", look.Filtered, "port-unreach"), 1, 4, "2001:db8::1"),
		}, true, false, about},
		{"forwarded", []verdict.Finding{
			icmp(finding("web.example.com", 443, "open", look.Filtered, look.HostUnreach), 3, 1, "198.51.100.1"),
			icmp(finding("web.example.com", 22, "open", look.Filtered, "admin-prohibited"), 3, 13, "192.0.2.254"),
		}, true, false, about},
		{"unexpected-open", []verdict.Finding{finding("web.example.com", 22, "closed", look.Open, look.SynAck)}, true, false, about},
		{"not-filtered", []verdict.Finding{finding("web.example.com", 22, "filtered", look.Closed, look.ConnRefused)}, true, false, about},
		{"unproven", []verdict.Finding{
			finding("198.51.100.7", 22, "filtered", look.Unknown, look.NoResponse),
			icmp(finding("198.51.100.9", 22, "filtered", look.Unknown, "host-unreach"), 3, 1, "192.0.2.1"),
		}, false, false, about},
		{"host-down", append(many("198.51.100.7", 30), icmp(finding("198.51.100.9", 80, "open", look.Filtered, "host-unreach"), 3, 1, "192.0.2.1")), false, false, about},
		{"stopped-answering", many("198.51.100.7", 30), true, false, about},
		{"prober-blocked", many("198.51.100.7", 3), false, false, about},
		{"not-resolvable", []verdict.Finding{fault(finding("gone.example.com", 80, "open", look.Unknown, look.NoSuchHost))}, false, false, about},
		{"prober-offline", []verdict.Finding{fault(finding("web.example.com", 80, "open", look.Unknown, look.NoRoute)), silent(443)}, false, true, about},
		{"gateway-unreach", []verdict.Finding{icmp(finding("web.example.com", 80, "open", look.Unknown, look.GatewayUnreach), 3, 1, "192.0.2.1")}, false, false, about},
		{"prober-filtered", []verdict.Finding{
			icmp(finding("web.example.com", 80, "open", look.Unknown, look.PermDenied), 3, 13, "192.0.2.1"),
			finding("web.example.com", 443, "closed", look.Unknown, look.PermDenied),
		}, false, false, about},
		{"no-route", []verdict.Finding{fault(finding("2001:db8::1", 80, "open", look.Unknown, look.NoRoute))}, false, false, about},
		{"no-family", []verdict.Finding{fault(finding("192.0.2.7", 80, "open", look.Unknown, look.NoFamily))}, false, false, about},
		{"prober-exhausted", []verdict.Finding{finding("web.example.com", 80, "open", look.Unknown, look.NoDescriptor)}, true, false, about},
		{"unhealthy", []verdict.Finding{finding("web.example.com", 443, "open", look.Unresponsive, look.ZeroWindow)}, false, false, about},
		{"services", []verdict.Finding{
			service(endpoint.HTTPS, 443, "status-503", "HTTP/2.0 503 Service Unavailable", ""),
			service(endpoint.HTTPS, 8443, look.WrongProtocol, `SSH-2.0-OpenSSH_9.2\r\n`, endpoint.SSH),
			service(endpoint.IMAPS, 993, look.TLSExpired, "valid until 2026-11-01 00:00:00", ""),
			service(endpoint.SMTP, 25, look.NoGreeting, "", ""),
			service(endpoint.SMTP, 26, look.NoGreeting, "", ""),
		}, false, false, about},
		{"udp", []verdict.Finding{
			udp(finding("ns.example.com", 53, "open", look.OpenFiltered, look.NoResponse)),
			icmp(udp(finding("ns.example.com", 123, "open", look.Closed, look.PortUnreach)), 3, 3, "198.51.100.1"),
			icmp(udp(finding("ns.example.com", 161, "open", look.Filtered, look.PortUnreach)), 3, 3, "192.0.2.254"),
		}, true, false, about},
		{"sweep-stopped", func() []verdict.Finding {
			var findings []verdict.Finding
			for port := range uint16(500) {
				findings = append(findings, fault(finding("198.51.100.7", port+1, "closed", look.Unknown, look.NoResponse)))
			}
			return findings
		}(), true, false, about},
		{"mixed", []verdict.Finding{
			fault(finding("gone.example.com", 80, "open", look.Unknown, look.NoSuchHost)),
			silent(80), silent(81), silent(8080),
			finding("web.example.com", 22, "closed", look.Open, look.SynAck),
		}, true, false, report.Context{Occasion: report.Apply, Timeout: time.Second, Closing: "A closing remark that is long enough to be broken into two lines, which it is."}},
		{"recorded", []verdict.Finding{{
			Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web.example.com", Port: 443}, Want: "open",
			Observation: verdict.Observation{Last: look.Result{State: look.Filtered, Reason: look.NoResponse}},
		}}, true, false, report.Context{Occasion: report.Refused, PassedAt: "2026-11-22T23:11:50Z"}},
		{"known", hundred(), true, false, report.Context{Occasion: report.Refused, Known: true, Closing: "A closing remark."}},
		{"known-apply", append(hundred(), finding("web.example.com", 22, "closed", look.Open, look.SynAck)), true, false, report.Context{
			Occasion: report.Apply, Known: true, PassedAt: "2026-11-22T23:11:50Z",
			Waited: &report.Waited{By: "Apply", For: time.Minute, Most: time.Minute, Timeout: "timeouts.update"}}},
		{"known-one", []verdict.Finding{silent(443)}, true, false, report.Context{Occasion: report.Refused, Known: true}},
		{"stayed-open", []verdict.Finding{finding("web.example.com", 22, "closed", look.Open, look.SynAck)}, true, false, report.Context{
			Occasion: report.Apply, Waited: &report.Waited{By: "Apply", For: 16 * time.Second, Most: time.Minute, Timeout: "timeouts.create"}}},
		{"hundred-hosts", hundred(), true, false, about},
		{"fifty-dead", func() []verdict.Finding {
			var findings []verdict.Finding
			for i := range 50 {
				host := endpoint.Host(fmt.Sprintf("db%02d.example.com", i))
				for _, port := range []uint16{22, 5432 + uint16(i)%3} {
					findings = append(findings, finding(host, port, "open", look.Filtered, look.NoResponse))
				}
			}
			return findings
		}(), false, false, about},
		{"same-hosts", func() []verdict.Finding {
			var findings []verdict.Finding
			for i := range 12 {
				host := endpoint.Host(fmt.Sprintf("web%02d.example.com", i))
				findings = append(findings, finding(host, 22, "open", look.Closed, look.ConnRefused), finding(host, 80, "open", look.Filtered, look.NoResponse),
					finding(host, 443, "open", look.Closed, look.ConnRefused), udp(finding(host, 53, "open", look.Closed, look.PortUnreach)))
			}
			return findings
		}(), true, false, about},
		{"two-hundred-ports", many("198.51.100.8", 200), true, false, about},
		{"sixty-kinds", func() []verdict.Finding {
			var findings []verdict.Finding
			for i := range uint16(60) { // each host refuses at a port of its own
				findings = append(findings, finding(endpoint.Host(fmt.Sprintf("h%02d.example.com", i)), 8000+i, "open", look.Closed, look.ConnRefused))
			}
			return findings
		}(), true, false, about},
		{"ipv6", func() []verdict.Finding {
			f := finding("2001:db8::1", 53, "open", look.OpenFiltered, look.NoResponse)
			f.First = noon.Add(-13 * time.Hour)
			return []verdict.Finding{udp(f)}
		}(), true, false, about},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := verdict.Run{Answers: map[netip.Addr]bool{}, Stopped: map[netip.Addr]look.State{}, Pinged: map[netip.Addr]int{}, Offline: tt.offline}
			for _, f := range tt.findings {
				addr := f.Last.Remote.Addr()
				run.Answers[addr] = tt.answers
				if tt.name == "stopped-answering" {
					run.Stopped[addr] = look.Filtered
				}
				if tt.name == "prober-blocked" {
					run.Pinged[addr] = 2
				}
			}
			v := verdict.Judge(tt.findings, run)
			golden(t, tt.name, report.Failures(v.Failures(), tt.context))
		})
	}
}

// hundred are hosts whose port 22 refuses.
func hundred() []verdict.Finding {
	var findings []verdict.Finding
	for i := range 100 {
		host := endpoint.Host(netip.AddrFrom4([4]byte{198, 51, 100, byte(i + 1)}).String())
		findings = append(findings, finding(host, 22, "open", look.Closed, look.ConnRefused))
	}
	return findings
}

func TestFlapping(t *testing.T) {
	web := finding("web.example.com", 443, "open", look.Open, look.SynAck)
	web.Was, web.Last.RTT = look.Filtered, time.Millisecond
	golden(t, "flapping", report.Flapping([]verdict.Finding{web, web}, report.Context{}))
}

// TestBlocked: a service that blocks this machine passes, and the user hears of it.
func TestBlocked(t *testing.T) {
	db := finding("db.example.com", 3306, "open", look.Open, look.HostBlocked)
	db.Last.Detail = "Host '192.0.2.1' is blocked because of many connection errors"
	golden(t, "blocked", report.Blocked([]verdict.Finding{db}))
	if !db.Blocked() {
		t.Error("a finding with host-blocked is not blocked")
	}
}

// TestUnsure: silence that passes without a proof, and the user hears of it.
func TestUnsure(t *testing.T) {
	var findings []verdict.Finding
	for port := range uint16(3) {
		f := finding("db.example.com", 5432+port, "filtered", look.Filtered, look.NoResponse)
		f.Unproven = true
		findings = append(findings, f)
	}
	golden(t, "unsure", report.Unsure(findings, report.Context{}))
}

// TestNotAllowed: a service that turns this machine away is no unhealthy one.
func TestNotAllowed(t *testing.T) {
	bastion := finding("bastion.example.com", 22, "open", look.Unresponsive, look.NotAllowed)
	bastion.Cause = verdict.ProberBlocked
	golden(t, "not_allowed", report.Failures([]verdict.Finding{bastion}, report.Context{}))
}

// golden holds d to a file, and to what keeps Terraform from wrapping it.
func golden(t *testing.T, name string, d report.Diagnostic) {
	t.Helper()
	got := d.Summary + "\n\n" + d.Detail + "\n"
	for line := range strings.Lines(d.Detail) {
		if line != "\n" && !strings.HasPrefix(line, "  ") {
			t.Errorf("Terraform wraps %q", line)
		}
		if strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
			t.Errorf("blanks at the end of %q", line)
		}
	}
	goldenFile(t, name+".txt", got)
}

// goldenFile holds text to a file in testdata.
func goldenFile(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; write it anew with -update)\n%s", file, diff)
	}
}
