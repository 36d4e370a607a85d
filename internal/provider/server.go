package provider

import (
	"context"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Server is the provider's protocol server. Its maker closes it when it no longer
// serves: that ends the calls under way, and closes the places.
type Server interface {
	tfprotov6.ProviderServer
	io.Closer
}

// NewServer returns a factory for the provider's protocol server.
//
// The framework's own server forgets an interruption: it cancels the calls that
// are under way, but serves a call that comes a moment later, as when there are
// more checks than the CLI runs at once. This server remembers.
func NewServer(version string) func() Server {
	return func() Server { return newServer(version, vantageMakers) }
}

func newServer(version string, by makers) Server {
	p := &portcheckProvider{version: version, makers: by, stopped: context.Background(), opened: &openPlaces{}}
	full, ok := providerserver.NewProtocol6(p)().(protocolServer)
	if !ok { // or interruptions would be forgotten, without a word
		panic("the plugin framework's server no longer has all of protocolServer")
	}
	stopped, stop := context.WithCancel(context.Background())
	p.stopped = stopped
	return stoppableServer{full, stop, p.opened}
}

// protocolServer lists the interfaces of the framework's server, those beyond
// tfprotov6.ProviderServer too, so that embedding it hides nothing.
type protocolServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
	tfprotov6.StateStoreServer
}

type stoppableServer struct {
	protocolServer
	stop   context.CancelFunc
	opened *openPlaces
}

// StopProvider ends the calls under way and those still to come.
func (s stoppableServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.stop()
	return s.protocolServer.StopProvider(ctx, req)
}

// Close ends the calls under way, and closes the places.
func (s stoppableServer) Close() error {
	s.stop()
	return s.opened.close()
}
