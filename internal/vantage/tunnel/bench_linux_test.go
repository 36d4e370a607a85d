package tunnel

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// looker is a View of any place.
type looker interface {
	Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result
}

// BenchmarkLook looks at ports of this machine, directly and through one sshd, 256
// at once as looks are by default.
func BenchmarkLook(b *testing.B) {
	if reason := porttest.Unavailable(); reason != "" {
		b.Skip(reason)
	}
	server := startSSHD(b, "", "")
	bastion, err := newSSH(b, server.config).Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = bastion.Close() }()
	for name, v := range map[string]looker{"direct": probe.Prober{}, "ssh": bastion} {
		for state, addr := range map[string]netip.AddrPort{"closed": porttest.ClosedPort(b), "open": porttest.Listen(b, porttest.AcceptClose).Addr()} {
			b.Run(name+" "+state, func(b *testing.B) {
				b.SetParallelism(128)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if r := v.Look(b.Context(), look.Target{Scheme: endpoint.TCP, Addr: addr, Abort: true}, timeout); string(r.State) != state {
							b.Errorf("%s is %s", state, saw(r))
						}
					}
				})
			})
		}
	}
}

// BenchmarkTenThousand scans 10,000 refused ports through one sshd, beside the same
// scan from here: with the default limits, and without max_rate.
func BenchmarkTenThousand(b *testing.B) {
	if reason := porttest.Unavailable(); reason != "" {
		b.Skip(reason)
	}
	server := startSSHD(b, "", "")
	unlimited := scan.DefaultLimits
	unlimited.MaxRate = 0
	for name, limits := range map[string]scan.Limits{"defaults": scan.DefaultLimits, "without-max_rate": unlimited} {
		b.Run(name, func(b *testing.B) {
			bastion := scan.New(scan.Config{Vantage: scan.From(newSSH(b, server.config)), Limits: limits})
			defer func() { _ = bastion.Close() }()
			direct := scan.New(scan.Config{Vantage: scan.From(probe.Prober{}), Limits: limits})
			var took time.Duration
			for b.Loop() {
				tenThousand(b, bastion)
				b.StopTimer()
				began := time.Now()
				tenThousand(b, direct)
				took += time.Since(began)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(took), "x:direct")
		})
	}
}

// tenThousand scans ports of loopback that refuse.
func tenThousand(b *testing.B, s *scan.Scanner) {
	b.Helper()
	declared, problems := endpoint.Declaration{
		Hosts:  endpoint.List{Elements: []endpoint.Element{{Value: "127.0.0.2"}}},
		Closed: endpoint.List{Elements: []endpoint.Element{{Value: "1-10000"}}},
	}.Resolve()
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	if v, err := s.Run(b.Context(), declared, scan.Options{Timeout: timeout}); err != nil || len(v.Findings) > 0 {
		b.Fatal(err, v.Findings)
	}
}
