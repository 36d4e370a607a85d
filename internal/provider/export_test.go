package provider

import (
	"context"
	"flag"
	"net"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// Update is for the tests of both packages here.
var Update = flag.Bool("update", false, "write tables of the documentation and output in examples/ anew")

// Variables returns the environment variables of all settings of the provider.
func Variables() []string {
	var all []string
	for _, s := range settingsTable {
		all = append(all, s.variable())
	}
	return all
}

// NewServerOf is NewServer with places of a test's own making: made returns the
// vantage of a block, given its kind and name.
func NewServerOf(made func(kind, name string) scan.Vantage) Server {
	by := makers{}
	for _, k := range placeKinds {
		by[k.name] = func(b block, _ dialer, _ guard.Policy) (vantage, error) {
			v := vantage{Vantage: made(k.name, b.text(argName))}
			if k.relays {
				v.dialer = deadEnd{}
			}
			return v, nil
		}
	}
	return newServer("test", by, nil, time.Now)
}

// NewServerAt is NewServer with a clock of a test's own.
func NewServerAt(clock func() time.Time) Server { return newServer("test", vantageMakers, nil, clock) }

// deadEnd is a dialer that nobody dials.
type deadEnd struct{}

func (deadEnd) Dial(context.Context, string) (net.Conn, error) { return nil, net.ErrClosed }
