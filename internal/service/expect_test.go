package service_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// lookAsked takes a look at a service of localhost with options.
func lookAsked(t *testing.T, at look.Target) string {
	t.Helper()
	at.Host = "localhost"
	r := probe.Prober{}.Look(t.Context(), at, timeout)
	return strings.TrimSpace(string(r.State) + " " + string(r.Reason) + " " + r.Detail)
}

// TestHTTPExpectations: request headers reach the server, and the answer must be as
// the options want, over each version of HTTP.
func TestHTTPExpectations(t *testing.T) {
	site := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-Many", "one")
		w.Header().Add("X-Many", "two")
		switch r.URL.Path {
		case "/headers":
			_, _ = fmt.Fprintf(w, "%s|%s|%s|%s", r.Header.Get("Authorization"), strings.Join(r.Header["X-Two"], ","), r.UserAgent(), r.Header.Get("Accept"))
		case "/flushed":
			for range 3 {
				_, _ = io.WriteString(w, "pie")
				w.(http.Flusher).Flush()
			}
		case "/long":
			_, _ = io.WriteString(w, "begins"+strings.Repeat("x", 200_000)+"ends")
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/bad":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "bad")
		}
	}
	header := func(name, value string) *look.HTTPHeader { return &look.HTTPHeader{Name: name, Value: value} }
	secret := []look.HTTPHeader{{Name: "Authorization", Value: "Bearer s3cr3t"}, {Name: "x-two", Value: "1"}, {Name: "X-Two", Value: "2"}}
	tests := []struct {
		ask  look.HTTP
		want string // PROTO stands for the version
	}{
		{look.HTTP{Path: "/headers", Headers: secret, Contains: "Bearer s3cr3t|1,2|portcheck|*/*"}, "open service-response"},
		{look.HTTP{Path: "/headers", Headers: []look.HTTPHeader{{Name: "user-agent", Value: "other"}, {Name: "Accept", Value: "text/plain"}}, Matches: regexp.MustCompile(`^\|\|other\|text/plain$`)}, "open service-response"},
		{look.HTTP{Path: "/headers", Headers: secret, Contains: "n0ne"}, "unresponsive unexpected-answer PROTO 200 OK, and a body of 31 bytes that is not as contains has it"},
		{look.HTTP{Path: "/headers", Headers: secret, Matches: regexp.MustCompile("n0ne")}, "unresponsive unexpected-answer PROTO 200 OK, and a body of 31 bytes that is not as matches has it"},
		{look.HTTP{Path: "/headers", Contains: "portcheck", Matches: regexp.MustCompile("n0ne")}, "unresponsive unexpected-answer PROTO 200 OK, and a body of 15 bytes that is not as matches has it"},
		{look.HTTP{Path: "/flushed", Contains: "piepiepie"}, "open service-response"},
		{look.HTTP{Path: "/flushed", Matches: regexp.MustCompile("^(pie){3}$")}, "open service-response"},
		{look.HTTP{Path: "/long", Contains: "begins"}, "open service-response"},
		{look.HTTP{Path: "/empty", Contains: "x"}, "unresponsive unexpected-answer PROTO 204 No Content, and a body of 0 bytes that is not as contains has it"},
		{look.HTTP{Header: header("x-many", "")}, "open service-response"},
		{look.HTTP{Header: header("X-Many", "wo")}, "open service-response"},
		{look.HTTP{Header: header("X-Many", "three")}, "unresponsive unexpected-answer X-Many: one"},
		{look.HTTP{Header: header("X-None", "")}, "unresponsive unexpected-answer PROTO 200 OK, and no header X-None"},
		{look.HTTP{Method: "HEAD", Header: header("X-Many", "one")}, "open service-response"},
		{look.HTTP{Path: "/bad", Contains: "bad"}, "open service-response"},
		{look.HTTP{Path: "/bad", Contains: "good", Status: []look.StatusRange{{First: 200, Last: 299}}}, "unresponsive status-400"},
	}
	for _, way := range []struct {
		scheme    endpoint.Scheme
		protocols []string
		proto     string
	}{{endpoint.HTTP, nil, "HTTP/1.1"}, {endpoint.HTTPS, []string{"http/1.1"}, "HTTP/1.1"}, {endpoint.HTTPS, []string{"h2"}, "HTTP/2.0"}} {
		s := newSite(t, way.scheme, way.protocols...)
		s.Config.Handler = http.HandlerFunc(site)
		for _, tt := range tests {
			want := strings.ReplaceAll(tt.want, "PROTO", way.proto)
			if got := s.look(t, way.scheme, tt.ask); !strings.HasPrefix(got, want) || strings.Contains(got, "s3cr3t") || strings.Contains(got, "n0ne") {
				t.Errorf("%s %s %+v: %s, want %s", way.scheme, way.proto, tt.ask, got, want)
			}
		}
		if got := s.look(t, way.scheme, look.HTTP{Path: "/long", Contains: "ends"}); !strings.HasPrefix(got, "unresponsive unexpected-answer ") {
			t.Errorf("%s %s: beyond the bound: %s", way.scheme, way.proto, got)
		}
	}
}

// TestBodies: what ends a body, and what is no body.
func TestBodies(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, tt := range map[string]struct{ answer, want string }{
		"length":                   {ok + "Content-Length: 2\r\n\r\nupdown", "open service-response"},
		"not within the length":    {ok + "Content-Length: 1\r\n\r\nup", "unresponsive unexpected-answer HTTP/1.1 200 OK, and a body of 1 bytes that is not as contains has it"},
		"cut off":                  {ok + "Content-Length: 9\r\n\r\ndown", "unresponsive closed-early HTTP/1.1 200 OK, and a body that was cut off"},
		"cut off, and there":       {ok + "Content-Length: 9\r\n\r\nup", "open service-response"},
		"until the end":            {"HTTP/1.0 200 OK\r\n\r\nit is up", "open service-response"},
		"chunked":                  {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nu\r\n1\r\np\r\n0\r\n\r\n", "open service-response"},
		"chunked, whatever length": {ok + "transfer-encoding: CHUNKED\r\nContent-Length: 1\r\n\r\n1\r\nu\r\n1\r\np\r\n0\r\n\r\n", "open service-response"},
		"no chunk":                 {ok + "Transfer-Encoding: chunked\r\n\r\nnothing\r\n", "unresponsive wrong-protocol invalid byte in chunk length"},
		"a negative length":        {ok + "Content-Length: -1\r\n\r\nup", "open service-response"},
		"a huge length":            {ok + "Content-Length: 99999999999999999999\r\n\r\nup", "open service-response"},
		"in the header":            {ok + "X: up\r\nContent-Length: 0\r\n\r\n", "unresponsive unexpected-answer HTTP/1.1 200 OK, and a body of 0 bytes that is not as contains has it"},
		"escapes":                  {"HTTP/1.1 200 \x1b[2J\r\nContent-Length: 0\r\n\r\n", `unresponsive unexpected-answer HTTP/1.1 200 \x1b[2J, and a body of 0 bytes that is not as contains has it`},
	} {
		server := serveEach(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1024))
			_, _ = io.WriteString(conn, tt.answer)
		}, nil)
		if got := lookAsked(t, look.Target{Scheme: endpoint.HTTP, Addr: server, HTTP: &look.HTTP{Contains: "up"}}); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// TestSlowBody: a body that is wanted gets all the time that there is, and passes if
// what came of it is as it should be.
func TestSlowBody(t *testing.T) {
	for wanted, want := range map[string]string{"up": "open service-response ", "down": "unresponsive incomplete-answer HTTP/1.1 200 OK, and a body that did not end in time"} {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			go func() {
				_, _ = server.Read(make([]byte, 1024))
				_, _ = io.WriteString(server, "HTTP/1.1 200 OK\r\n\r\nit is")
				time.Sleep(30 * time.Second) // on the clock of synctest
				_, _ = io.WriteString(server, " up")
			}()
			r := look.Result{Start: time.Now()}
			at := look.Target{Scheme: endpoint.HTTP, Host: "localhost", HTTP: &look.HTTP{Contains: wanted}}
			service.Converse(t.Context(), client, at, 0, r.Start.Add(time.Minute), &r)
			if got := string(r.State) + " " + string(r.Reason) + " " + r.Detail; got != want {
				t.Errorf("%s: %s, want %s", wanted, got, want)
			}
		})
	}
}

// TestEchoedSecrets: a server that repeats what it is sent brings no secret into a
// message, however little of it comes.
func TestEchoedSecrets(t *testing.T) {
	ask := &look.HTTP{
		Path: "/hooks/pr1vate?token=s3cr3tpath", Headers: []look.HTTPHeader{{Name: "Authorization", Value: "Bearer s3cr3ttoken"}},
		Contains: "s3cr3tbody", Header: &look.HTTPHeader{Name: "X-Echo", Value: "nothing"},
	}
	for name, answer := range map[string]func(request string) string{
		"echo":        func(request string) string { return request },
		"in a banner": func(request string) string { return "ERROR: " + request },
		"in a status": func(request string) string {
			return "HTTP/1.1 500 " + strings.ReplaceAll(request, "\r\n", " ") + "\r\n\r\n"
		},
		"in a header": func(request string) string { return "HTTP/1.1 200 OK\r\nX-Echo: Bearer s3cr3ttoken\r\n\r\n" },
		"the path":    func(string) string { return "ERROR: no such thing: /hooks/pr1vate\r\n" },
		"the token":   func(string) string { return "HTTP/1.1 403 bad s3cr3ttoken\r\n\r\n" },
		"cut": func(request string) string {
			i := strings.Index(request, "s3cr3ttoken")
			return strings.Repeat("x", 40) + request[i-7:i+8]
		},
	} {
		server := serveEach(t, func(conn net.Conn) {
			request := make([]byte, 1024)
			n, _ := conn.Read(request)
			_, _ = io.WriteString(conn, answer(string(request[:n])))
		}, nil)
		got := lookAsked(t, look.Target{Scheme: endpoint.HTTP, Addr: server, HTTP: ask})
		if !strings.HasPrefix(got, "unresponsive ") || strings.Contains(got, "s3cr3t") || strings.Contains(got, "pr1vate") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestPublicHeaders: a header that has no secret hides no answer.
func TestPublicHeaders(t *testing.T) {
	server := greets(t, "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n")
	ask := &look.HTTP{Headers: []look.HTTPHeader{{Name: "accept", Value: "application/json"}}, Header: &look.HTTPHeader{Name: "Content-Type", Value: "json"}}
	const want = "unresponsive unexpected-answer Content-Type: application/xml"
	if got := lookAsked(t, look.Target{Scheme: endpoint.HTTP, Addr: server, HTTP: ask}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestGRPCService: the health of one service, which must be there.
func TestGRPCService(t *testing.T) {
	checks := health.NewServer()
	checks.SetServingStatus("", healthpb.HealthCheckResponse_NOT_SERVING)
	checks.SetServingStatus("shop.v1.Cart", healthpb.HealthCheckResponse_SERVING)
	checks.SetServingStatus("shop.v1.Pay", healthpb.HealthCheckResponse_NOT_SERVING)
	whole := serveGRPC(t, insecure.NewCredentials(), func(s *grpc.Server) { healthpb.RegisterHealthServer(s, checks) })
	none := serveGRPC(t, insecure.NewCredentials(), func(*grpc.Server) {})
	guarded := serveGRPC(t, insecure.NewCredentials(), func(s *grpc.Server) {
		healthpb.RegisterHealthServer(s, refuses{err: status.Error(codes.Unauthenticated, "log in"), authority: make(chan string, 1)})
	})
	for _, tt := range []struct {
		at   look.Target
		want string
	}{
		{look.Target{Addr: whole}, "unresponsive unavailable NOT_SERVING"},
		{look.Target{Addr: whole, GRPC: &look.GRPC{Service: "shop.v1.Cart"}}, "open service-response"},
		{look.Target{Addr: whole, GRPC: &look.GRPC{Service: "shop.v1.Pay"}}, "unresponsive unavailable NOT_SERVING"},
		{look.Target{Addr: whole, GRPC: &look.GRPC{Service: "shop.v1.Crat"}}, "unresponsive unexpected-answer NotFound: unknown service"},
		{look.Target{Addr: none}, "open service-response"},
		{look.Target{Addr: none, GRPC: &look.GRPC{Service: "shop.v1.Cart"}}, "unresponsive unexpected-answer Unimplemented: unknown service grpc.health.v1.Health"},
		{look.Target{Addr: guarded, GRPC: &look.GRPC{Service: "shop.v1.Cart"}}, "open service-response"},
	} {
		tt.at.Scheme = endpoint.GRPC
		if got := lookAsked(t, tt.at); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.at.GRPC, got, tt.want)
		}
	}
}
