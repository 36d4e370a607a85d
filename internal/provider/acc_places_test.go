package provider_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// elsewhere is the world as the places of a test see it. Each place looks from this
// machine, and a test hides parts of the world from it.
type elsewhere struct {
	mu             sync.Mutex
	silent         map[uint16]bool // ports that are silent from other places
	dead           bool            // no place can look, nor be opened
	opened, closed int
}

func (e *elsewhere) silence(ports ...uint16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.silent = map[uint16]bool{}
	for _, port := range ports {
		e.silent[port] = true
	}
}

func (e *elsewhere) die(dead bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dead = dead
}

// place is one of them.
type place struct {
	probe.Prober
	name  string
	world *elsewhere
}

func (p place) Name() string { return p.name }

func (p place) Open(ctx context.Context) (*placeView, error) {
	view, err := scan.From(p.Prober).Open(ctx)
	if err != nil {
		return nil, err
	}
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	if p.world.dead {
		return nil, errors.Join(notThere{}, view.Close())
	}
	p.world.opened++
	return &placeView{view, p.world}, nil
}

// notThere is a fault that lasts: an apply does not try again.
type notThere struct{}

func (notThere) Error() string   { return "nobody is at home" }
func (notThere) Permanent() bool { return true }

type placeView struct {
	scan.View
	world *elsewhere
}

func (v *placeView) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	v.world.mu.Lock()
	dead, silent := v.world.dead, v.world.silent[t.Addr.Port()]
	v.world.mu.Unlock()
	r := v.View.Look(ctx, t, timeout)
	switch {
	case dead:
		r.State, r.Reason, r.Detail = look.Unknown, look.VantageFailed, "nobody is at home"
	case silent:
		r.State, r.Reason = look.Filtered, look.NoResponse
	}
	return r
}

func (v *placeView) Close() error {
	v.world.mu.Lock()
	v.world.closed++
	v.world.mu.Unlock()
	return v.View.Close()
}

// onPlaces is onValues with places that see the world as the test has it. In the end
// each opened place must be closed.
func onPlaces(t *testing.T, steps func(t *testing.T, s scene, e *elsewhere) []resource.TestStep) {
	t.Helper()
	eachCLI(t, func(t *testing.T, name, path string) {
		s, e := scene{porttest.NewLab(t)}, &elsewhere{}
		choose(t, name, path)
		var servers []provider.Server
		t.Cleanup(func() {
			for _, server := range servers {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			}
			if e.opened != e.closed {
				t.Errorf("%d places were opened and %d closed", e.opened, e.closed)
			}
		})
		resource.Test(t, resource.TestCase{
			TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
			ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
				"portcheck": func() (tfprotov6.ProviderServer, error) {
					server := provider.NewServerOf(func(_, name string) scan.Vantage { return scan.From(place{name: name, world: e}) })
					servers = append(servers, server)
					return server, nil
				},
			},
			Steps: steps(t, s, e),
		})
	})
}

// vpcA is the block of a place.
const vpcA = `socks5 {
    name    = "vpc-a"
    address = "127.0.0.1:9"
  }`

// fromBoth declares two open ports of the lab's first server and one closed, from
// this machine and from vpc-a.
func fromBoth(arguments string) string {
	return setting(web("from = [\"local\", \"vpc-a\"]\n"+arguments), vpcA)
}

// from is the key of an endpoint from a place.
func from(key, place string) string { return fmt.Sprintf("%s from %s", key, place) }

// alone is fromBoth from vpc-a alone.
func alone(arguments string) string {
	return strings.Replace(fromBoth(arguments), `"local", `, "", 1)
}
