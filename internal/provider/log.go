package provider

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// runLog writes one run into the log: a line for each look at the debug level,
// and one for the run at the info level.
type runLog struct {
	began time.Time

	mu    sync.Mutex
	looks int
	// attempts counts the looks at each endpoint and address; nil if the log
	// has no debug level.
	attempts map[attempted]int
}

// attempted is the key of runLog.attempts.
type attempted struct {
	endpoint endpoint.Endpoint
	from     string
	remote   netip.AddrPort
}

// startLog begins the log of a run; nil if the log has no info level.
func startLog(ctx context.Context) *runLog {
	if !tflog.IsInfo(ctx) {
		return nil
	}
	l := &runLog{began: time.Now()}
	if tflog.IsDebug(ctx) {
		l.attempts = map[attempted]int{}
	}
	return l
}

// follow returns the function that logs each look; nil if l is nil.
func (l *runLog) follow(ctx context.Context) func(scan.Look) {
	if l == nil {
		return nil
	}
	return func(seen scan.Look) {
		l.mu.Lock()
		l.looks++
		var attempt int
		if l.attempts != nil {
			of := attempted{seen.Endpoint, seen.From, seen.Remote}
			l.attempts[of]++
			attempt = l.attempts[of]
		}
		l.mu.Unlock()
		if attempt > 0 {
			tflog.Debug(ctx, "Looked at an endpoint", lookFields(seen, attempt))
		}
	}
}

// lookFields returns the fields of one look. Its packets are found by the local
// and the remote address and by the time of the line, which is the end of the
// look.
func lookFields(seen scan.Look, attempt int) map[string]any {
	fields := map[string]any{
		"endpoint": escaped(seen.Endpoint.String()),
		"attempt":  attempt,
		"state":    escaped(string(seen.State)),
		"reason":   escaped(string(seen.Reason)),
		"remote":   seen.Remote.String(),
		"rtt_ms":   milliseconds(seen.RTT),
	}
	if seen.From != "" {
		fields["from"] = seen.From
	}
	if seen.Local.IsValid() {
		fields["local"] = seen.Local.String()
	}
	if seen.Detail != "" {
		fields["detail"] = seen.Detail
	}
	if m := seen.ICMP; m != nil {
		fields["icmp"] = fmt.Sprintf("%d/%d from %s", m.Type, m.Code, m.From)
	}
	return fields
}

// end writes the line of a run that ended with v, or with err.
func (l *runLog) end(ctx context.Context, declared *endpoint.Declared, from []string, v verdict.Verdict, err error) {
	if l == nil {
		return
	}
	took := time.Since(l.began)
	fields := map[string]any{
		"hosts":               len(declared.Hosts),
		"declared_open":       declared.OpenCount,
		"declared_unfiltered": declared.UnfilteredCount,
		"declared_filtered":   declared.FilteredCount,
		"declared_closed":     declared.ClosedCount,
		"looks":               l.looks,
		"duration_ms":         milliseconds(took),
		"looks_per_s":         int(float64(l.looks) / max(took.Seconds(), 1e-3)),
	}
	if !slices.Equal(from, []string{endpoint.Local}) {
		fields["from"] = strings.Join(from, ", ")
		fields["failed_places"] = len(v.Failed)
	}
	if err != nil {
		fields["interrupted"] = true
	} else {
		fields["failed"] = len(v.Failures())
		fields["inconclusive"] = len(v.Select(verdict.Finding.Inconclusive))
		fields["flapping"] = len(v.Select(verdict.Finding.Flapping))
	}
	tflog.Info(ctx, "Checked ports", fields)
}

// milliseconds returns d in milliseconds, with three decimals.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// escaped writes everything but printable ASCII as Go escapes, because logs are
// read in terminals. See words.go in internal/report for its siblings.
func escaped(s string) string {
	q := strconv.QuoteToASCII(s)
	return q[1 : len(q)-1]
}
