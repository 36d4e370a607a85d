package probe

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// alpnGRPC: gRPC is HTTP/2 (PROTOCOL-HTTP2.md of the gRPC project).
var alpnGRPC = []string{protocolHTTP2}

// grpcSpeaks are the codes of a server that has no health service or keeps it to
// those who log in.
var grpcSpeaks = map[codes.Code]bool{codes.Unimplemented: true, codes.Unauthenticated: true, codes.PermissionDenied: true, codes.NotFound: true}

// grpcTalk makes the standard health check (GRPC Health Checking Protocol,
// doc/health-checking.md of the gRPC project) of the whole server.
func grpcTalk(s *session) error {
	var handed atomic.Bool
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
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
	)
	if err != nil {
		return fault{reason: WrongProtocol, detail: printable([]byte(err.Error()))}
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithDeadline(context.Background(), s.deadline)
	defer cancel()
	answer, err := healthpb.NewHealthClient(client).Check(ctx, &healthpb.HealthCheckRequest{})
	if err != nil && s.encrypted() && len(s.head()) == 0 {
		if ended := s.ended(verdictTime); ended != nil { // which grpc puts in words of its own
			return ended
		}
	}
	return grpcFault(s, answer.GetStatus(), err)
}

// grpcFault says what an answer to the health check, or its error, means.
func grpcFault(s *session, serving healthpb.HealthCheckResponse_ServingStatus, err error) error {
	said := status.Convert(err).Message()
	isWeb := strings.Contains(said, "unexpected HTTP status code") || strings.Contains(said, "content-type")
	switch code := status.Code(err); {
	case err == nil && serving == healthpb.HealthCheckResponse_SERVING:
		return nil
	case err == nil:
		return unavailable([]byte(serving.String()))
	case !time.Now().Before(s.deadline): // whichever noticed it first
		return context.DeadlineExceeded
	case !beginsHTTP2(s.head()):
		return wrong(s.head())
	case isWeb && code == codes.Unavailable: // a proxy without its back end
		return unavailable([]byte(said))
	case isWeb: // the code is made of the status, such as Unimplemented of 404
		return fault{reason: WrongProtocol, detail: printable([]byte(said))}
	case grpcSpeaks[code]:
		return nil
	default:
		return fault{reason: ClosedEarly, detail: printable([]byte(said))}
	}
}

// beginsHTTP2 tells whether a server began with a SETTINGS frame, as it must
// (RFC 9113 section 3.4): three octets of length, type 4, flags, stream 0. One
// that said nothing may have been about to.
func beginsHTTP2(head []byte) bool {
	return len(head) == 0 || len(head) >= 9 && head[3] == 4 && string(head[5:9]) == "\x00\x00\x00\x00"
}
