package resolver

import (
	"errors"
	"net"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

func TestFaults(t *testing.T) {
	tests := map[look.Reason]error{
		look.NoSuchHost:      &net.DNSError{IsNotFound: true},
		look.ResolverTimeout: errors.Join(&net.DNSError{IsTimeout: true}),
		look.ResolverFailure: &net.DNSError{Err: "server misbehaving"},
	}
	for want, err := range tests {
		if got := fault(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
