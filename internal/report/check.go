package report

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Check is a check or data source as its attributes say it: what the reports
// are made of.
type Check struct {
	Name string // what the user calls it
	// Probed is false if nothing was ever probed: then the rest is empty.
	Probed   bool
	Passed   bool
	PassedAt string // RFC 3339; empty if never or not known
	// Results is nil where there are too many to list.
	Results  map[endpoint.Endpoint]look.State
	Failures map[endpoint.Endpoint]verdict.Record
}
