package provider

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Server is the provider's protocol server. Its maker closes it when it no longer
// serves: that ends the calls under way, and closes the places.
type Server interface {
	tfprotov6.ProviderServer
	io.Closer
}

// NewServer returns a factory for the provider's protocol server. A signal from
// interrupts, which may be nil, counts as an interruption by the CLI.
func NewServer(version string, interrupts <-chan os.Signal) func() Server {
	return func() Server { return newServer(version, vantageMakers, interrupts, time.Now) }
}

func newServer(version string, by makers, interrupts <-chan os.Signal, clock func() time.Time) Server {
	p := &portcheckProvider{version: version, clock: clock, makers: by, opened: &openPlaces{}}
	full, ok := providerserver.NewProtocol6(p)().(protocolServer)
	if !ok { // or interruptions would be forgotten, without a word
		panic("the plugin framework's server no longer has all of protocolServer")
	}
	p.interruption = newInterruption(interrupts, func() {
		_, _ = full.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}) // never fails
	})
	return stoppableServer{bulkServer{full, leastBulk}, p, &summaries{said: map[string]int{}}, &streams{under: map[chan struct{}]bool{}}}
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
	provider  *portcheckProvider
	summaries *summaries
	streams   *streams
}

// CallFunction may be called without a configuration.
func (s stoppableServer) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	s.provider.interruption.listen() //nolint:contextcheck // it outlives the call
	return s.protocolServer.CallFunction(ctx, req)
}

// Close ends the calls under way, and closes the places.
func (s stoppableServer) Close() error {
	s.provider.interruption.end()
	return s.provider.opened.close()
}
