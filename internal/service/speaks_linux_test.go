package service_test

import (
	"maps"
	"net/netip"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// speaks fails the test unless a real server speaks scheme at addr.
func speaks(t *testing.T, scheme endpoint.Scheme, addr netip.AddrPort, ca *porttest.CA) {
	t.Helper()
	r := lookAt(t, scheme, addr, ca)
	if r.State != look.Open || r.Reason != look.ServiceResponse && r.Reason != look.UDPResponse {
		t.Errorf("%s is %s %s %q", scheme, r.State, r.Reason, r.Detail)
	}
}

// files puts what a server needs beside its certificate.
func files(t *testing.T, ca *porttest.CA, more map[string]string) map[string]string {
	t.Helper()
	all := ca.Files(t)
	maps.Copy(all, more)
	return all
}
