package service

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// alpnGRPC: gRPC is HTTP/2 (PROTOCOL-HTTP2.md of the gRPC project).
var alpnGRPC = []string{protocolHTTP2}

// grpcFails are the codes of a server that cannot serve: those that stand for
// statuses of HTTP from 500 on (google/rpc/code.proto), but for UNIMPLEMENTED, and
// RESOURCE_EXHAUSTED. With any other, such as UNAUTHENTICATED or INVALID_ARGUMENT,
// it only minds the request.
var grpcFails = map[codes.Code]bool{
	codes.Unknown: true, codes.DeadlineExceeded: true, codes.ResourceExhausted: true,
	codes.Internal: true, codes.Unavailable: true, codes.DataLoss: true,
}

// grpcEnd notices whether a call ended with a status of the server's own: the
// library makes one for all that goes wrong.
type grpcEnd struct{ seen atomic.Bool }

func (*grpcEnd) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*grpcEnd) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*grpcEnd) HandleConn(context.Context, stats.ConnStats)                       {}
func (e *grpcEnd) HandleRPC(_ context.Context, s stats.RPCStats) {
	if _, ok := s.(*stats.InTrailer); ok {
		e.seen.Store(true)
	}
}

// grpcTalk makes the standard health check (GRPC Health Checking Protocol,
// doc/health-checking.md of the gRPC project) of the whole server, or of a service.
func grpcTalk(s *session) error {
	var handed atomic.Bool
	var end grpcEnd
	client, err := grpc.NewClient("passthrough:///"+authority(s.target),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) {
			if handed.Swap(true) {
				return nil, errors.New("one look is one connection")
			}
			return s.conn, nil
		}),
		grpc.WithTransportCredentials(insecure.NewCredentials()), // TLS is below it already
		grpc.WithAuthority(authority(s.target)),
		grpc.WithUserAgent(userAgent),
		grpc.WithStatsHandler(&end),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: time.Until(s.deadline)}), // or it gives up after 20 s
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
	)
	if err != nil {
		return fault{reason: look.WrongProtocol, detail: printable([]byte(err.Error()))}
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithDeadline(context.Background(), s.deadline)
	defer cancel()
	answer, err := healthpb.NewHealthClient(client).Check(ctx, &healthpb.HealthCheckRequest{Service: grpcService(s.target)})
	if err != nil && s.encrypted() && len(s.head()) == 0 {
		if ended := s.ended(verdictTime); ended != nil { // which grpc puts in words of its own
			return ended
		}
	}
	if end.seen.Load() && time.Now().Before(s.deadline) {
		return grpcJudge(s.target, answer.GetStatus(), status.Convert(err))
	}
	return grpcFault(s, status.Convert(err))
}

// grpcService is the service to be asked for, empty for the whole server.
func grpcService(t look.Target) string {
	if t.GRPC == nil {
		return ""
	}
	return t.GRPC.Service
}

// grpcJudge judges how a server answered the health check. One that has none, or does
// not know the service, serves: but it does not serve the one that was asked for.
func grpcJudge(t look.Target, serving healthpb.HealthCheckResponse_ServingStatus, end *status.Status) error {
	switch {
	case grpcService(t) != "" && (end.Code() == codes.NotFound || end.Code() == codes.Unimplemented):
		return fault{reason: look.UnexpectedAnswer, detail: printable([]byte(end.Code().String() + ": " + end.Message()))}
	case grpcFails[end.Code()]:
		return unavailable([]byte(end.Code().String() + ": " + end.Message()))
	case end.Code() == codes.OK && serving != healthpb.HealthCheckResponse_SERVING:
		return unavailable([]byte(serving.String()))
	}
	return nil
}

// grpcFault says what it means that the library ended the call with a status of
// its own.
func grpcFault(s *session, end *status.Status) error {
	said := []byte(end.Message())
	switch {
	case !time.Now().Before(s.deadline): // whichever noticed it first
		return context.DeadlineExceeded
	case !beginsHTTP2(s.head()):
		return wrong(s.head())
	case bytes.Contains(said, []byte("unexpected HTTP status code")), bytes.Contains(said, []byte("content-type")):
		return grpcWebFault(s, end.Code(), said)
	}
	return fault{reason: look.ClosedEarly, detail: printable(said)}
}

// grpcWebFault says what it means that an HTTP proxy answered instead. grpc-go derives
// the code from the HTTP status.
func grpcWebFault(s *session, code codes.Code, said []byte) error {
	switch {
	case bytes.Contains(said, []byte(badRequest)) && s.mayRefuse(http.StatusBadRequest): // it tells no more
		return s.clientVerdict(string(said))
	case code == codes.Unavailable: // without its back end
		return unavailable(said)
	case code == codes.Unauthenticated, code == codes.PermissionDenied: // with a guard before it
		return nil
	}
	return fault{reason: look.WrongProtocol, detail: printable(said)}
}

// badRequest is the status 400 in the words of grpc-go.
const badRequest = "400 (Bad Request)"

// beginsHTTP2 tells whether a server began with a SETTINGS frame, as it must
// (RFC 9113 section 3.4): three octets of length, type 4, flags, stream 0. One
// that said nothing may have been about to.
func beginsHTTP2(head []byte) bool {
	return len(head) == 0 || len(head) >= 9 && head[3] == 4 && string(head[5:9]) == "\x00\x00\x00\x00"
}
