package service_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// serveGRPC is a server with what register adds to it.
func serveGRPC(t *testing.T, creds credentials.TransportCredentials, register func(*grpc.Server)) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(creds))
	register(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// withHealth registers the standard health service with a status of the whole.
func withHealth(status healthpb.HealthCheckResponse_ServingStatus) func(*grpc.Server) {
	return func(server *grpc.Server) {
		checks := health.NewServer()
		checks.SetServingStatus("", status)
		healthpb.RegisterHealthServer(server, checks)
	}
}

func TestGRPC(t *testing.T) {
	ca := porttest.NewCA(t)
	now := time.Now()
	cert := ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")
	secure := credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{cert}})
	tests := []struct {
		name     string
		register func(*grpc.Server)
		want     string
		detail   string
	}{
		{"serving", withHealth(healthpb.HealthCheckResponse_SERVING), "open service-response", ""},
		{"not serving", withHealth(healthpb.HealthCheckResponse_NOT_SERVING), "unresponsive unavailable", "NOT_SERVING"},
		{"unknown", withHealth(healthpb.HealthCheckResponse_UNKNOWN), "unresponsive unavailable", "UNKNOWN"},
		{"without health service", func(*grpc.Server) {}, "open service-response", ""},
		{"without an entry for the whole", func(server *grpc.Server) {
			checks := health.NewServer()
			checks.Shutdown()
			healthpb.RegisterHealthServer(server, checks)
		}, "unresponsive unavailable", "NOT_SERVING"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for scheme, creds := range map[endpoint.Scheme]credentials.TransportCredentials{endpoint.GRPC: insecure.NewCredentials(), endpoint.GRPCS: secure} {
				r := lookAt(t, scheme, serveGRPC(t, creds, tt.register), ca)
				if got := string(r.State) + " " + string(r.Reason); got != tt.want || r.Detail != tt.detail {
					t.Errorf("%s is %s %q, want %s %q", scheme, got, r.Detail, tt.want, tt.detail)
				}
			}
		})
	}
	// What is no gRPC.
	for code, want := range map[int]string{
		http.StatusUnauthorized: "open service-response", http.StatusForbidden: "open service-response", // a guard before it
		http.StatusOK: "unresponsive wrong-protocol", http.StatusNotFound: "unresponsive wrong-protocol",
		http.StatusServiceUnavailable: "unresponsive unavailable",
	} {
		site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		site.TLS, site.EnableHTTP2 = &tls.Config{Certificates: []tls.Certificate{cert}}, true
		site.StartTLS()
		r := lookAt(t, endpoint.GRPCS, site.Listener.Addr().(*net.TCPAddr).AddrPort(), ca)
		if got := string(r.State) + " " + string(r.Reason); got != want {
			t.Errorf("a web server that says %d is %s %q, want %s", code, got, r.Detail, want)
		}
		site.Close()
	}
	if r := lookAtPlain(t, endpoint.GRPC, greets(t, "SSH-2.0-OpenSSH_9.2\r\n")); r.Reason != look.WrongProtocol || r.Speaks != endpoint.SSH {
		t.Errorf("%s %s %q speaks %q", r.State, r.Reason, r.Detail, r.Speaks)
	}
}

// refuses is a health service that ends each check with an error, and keeps what
// it was asked as.
type refuses struct {
	healthpb.UnimplementedHealthServer
	err       error
	authority chan string
}

func (r refuses) Check(ctx context.Context, _ *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	asked, _ := metadata.FromIncomingContext(ctx)
	r.authority <- strings.Join(asked.Get(":authority"), " ")
	return nil, r.err
}

// TestGRPCStatus: a server that minds the request speaks; one that fails does
// not. What it says in words does not matter.
func TestGRPCStatus(t *testing.T) {
	const said = "unexpected HTTP status code: content-type"
	fails := map[codes.Code]bool{
		codes.Unknown: true, codes.Internal: true, codes.Unavailable: true, codes.DataLoss: true,
		codes.DeadlineExceeded: true, codes.ResourceExhausted: true,
	}
	asked := make(chan string, 1)
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		addr := serveGRPC(t, insecure.NewCredentials(), func(server *grpc.Server) {
			healthpb.RegisterHealthServer(server, refuses{err: status.Error(code, said), authority: asked})
		})
		want, detail := "open service-response", ""
		if fails[code] {
			want, detail = "unresponsive unavailable", code.String()+": "+said
		}
		r := lookAtPlain(t, endpoint.GRPC, addr)
		if got := string(r.State) + " " + string(r.Reason); got != want || r.Detail != detail {
			t.Errorf("%s is %s %q, want %s %q", code, got, r.Detail, want, detail)
		}
		if got, want := <-asked, fmt.Sprintf("localhost:%d", addr.Port()); got != want {
			t.Errorf("asked as %s, want %s", got, want)
		}
	}
}

// TestGRPCAuthority: over TLS a server is asked for by the name that the
// handshake asks for.
func TestGRPCAuthority(t *testing.T) {
	now := time.Now()
	cert := porttest.NewCA(t).Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")
	asked := make(chan string, 1)
	addr := serveGRPC(t, credentials.NewServerTLSFromCert(&cert), func(server *grpc.Server) {
		healthpb.RegisterHealthServer(server, refuses{authority: asked})
	})
	at := look.Target{Scheme: endpoint.GRPCS, Addr: addr, Host: "127.0.0.1", TLS: &look.TLS{Verify: look.VerifyNever, ServerName: "api.example.com"}}
	probe.Prober{}.Look(t.Context(), at, timeout)
	if got, want := <-asked, fmt.Sprintf("api.example.com:%d", addr.Port()); got != want {
		t.Errorf("asked as %s, want %s", got, want)
	}
}
