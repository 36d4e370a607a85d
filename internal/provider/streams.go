package provider

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// streamEnd bounds how long an interruption waits for the last words of the streams.
const streamEnd = time.Second

// streams are the calls under way whose answers come piece by piece: lists and
// actions. After an interruption the protocol's server sends no further piece of
// them, and ends each as if it had told everything: a list of some hosts would look
// like the whole. So the answer to the interruption waits until they have told it.
type streams struct {
	mu    sync.Mutex
	under map[chan struct{}]bool
}

// stream counts a call as under way until its pieces end.
func stream[T any](s *streams, pieces iter.Seq[T]) iter.Seq[T] {
	ended := make(chan struct{})
	s.mu.Lock()
	s.under[ended] = true
	s.mu.Unlock()
	return func(yield func(T) bool) {
		defer func() {
			s.mu.Lock()
			delete(s.under, ended)
			s.mu.Unlock()
			close(ended)
		}()
		pieces(yield)
	}
}

// wait waits until the calls that are under way have ended, or ctx has.
func (s *streams) wait(ctx context.Context) {
	s.mu.Lock()
	var under []chan struct{}
	for ended := range s.under {
		under = append(under, ended)
	}
	s.mu.Unlock()
	for _, ended := range under {
		select {
		case <-ended:
		case <-ctx.Done():
			return
		}
	}
}

// StopProvider ends the calls under way and those still to come. It does not wait
// for them when ctx has ended.
func (s stoppableServer) StopProvider(ctx context.Context, _ *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.provider.interruption.interrupt()
	ctx, cancel := context.WithTimeout(ctx, streamEnd)
	defer cancel()
	s.streams.wait(ctx)
	return &tfprotov6.StopProviderResponse{}, nil
}

// ListResource answers piece by piece.
func (s stoppableServer) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	resp, err := s.protocolServer.ListResource(ctx, req)
	if err == nil {
		resp.Results = stream(s.streams, resp.Results)
	}
	return resp, err
}
