package main

import (
	_ "embed"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// firewallConfiguration has HOST, WEB and DATABASE in the place of a host and two
// ports.
//
//go:embed firewall.tf
var firewallConfiguration string

// firewall is the story that portcheck exists for: two ports pass, a rule drops
// one, plan catches it and names the cause, an apply undoes the rule and the check
// passes.
var firewall = story{
	configuration: firewallConfiguration,
	open:          openServices,
	own:           []string{"HOST", "localhost", "WEB", "22", "DATABASE", "5432"},
	next: `1. Put a host and two ports of your own into the check, then:
     cd {dir}
     export TF_CLI_CONFIG_FILE=$PWD/cli.tfrc
     {cli} apply
2. Close one of the two ports, and see what a plan says and how it exits:
     {cli} plan -detailed-exitcode
3. Use portcheck in your own configurations:
     unset TF_CLI_CONFIG_FILE
     make -C {checkout} install
`,
}

// services are a web server and a database. The database can be cut off.
type services struct {
	web, database netip.AddrPort
	accident      string // what drop does, as a verb
	repair        string // what accept does, as a sentence
	found, cause  string // what portcheck says of it
}

// openServices prefers the lab's firewall to a listener that goes away.
func openServices(string) (*scene, error) {
	if porttest.Unavailable() != "" {
		return openListeners()
	}
	return openFirewall()
}

// fill is what the configuration says of the services.
func (s services) fill() []string {
	return []string{"HOST", s.web.Addr().String(), "WEB", fmt.Sprint(s.web.Port()), "DATABASE", fmt.Sprint(s.database.Port())}
}

// acts returns the story in its order.
func (s services) acts() []act {
	database := fmt.Sprintf("tcp://%s:%d", s.database.Addr(), s.database.Port())
	return []act{
		{
			title: "The web server and the database are declared open, and are.",
			args:  []string{"apply", "-auto-approve"},
			says:  []string{"2 added, 0 changed, 0 destroyed"},
		}, {
			title: "Nothing changed: the plan is quiet.",
			args:  []string{"plan", "-detailed-exitcode"},
			says:  []string{"No changes."},
		}, {
			title: "Somebody " + s.accident + " the database's port by hand. The next plan catches it.",
			drop:  true,
			args:  []string{"plan", "-detailed-exitcode"}, exit: 2,
			says: []string{"Port drift found while planning: " + database + " is " + s.found, s.cause + ": "},
		}, {
			title: s.repair + ", and the same apply sees that the port is open again.",
			args:  []string{"apply", "-auto-approve", "-var=revision=2"},
			says:  []string{"1 added, 1 changed, 1 destroyed"},
		}, {
			title: "The plan is quiet again.",
			args:  []string{"plan", "-detailed-exitcode", "-var=revision=2"},
			says:  []string{"No changes."},
		}, {
			title: "Nothing stands in the way of destroy.",
			args:  []string{"destroy", "-auto-approve"},
			says:  []string{"2 destroyed"},
		},
	}
}

func openFirewall() (*scene, error) {
	lab, err := porttest.OpenLab(func(err error) { log.Fatal(err) })
	if err != nil {
		return nil, err
	}
	s := services{
		web:      netip.AddrPortFrom(porttest.ServerAddr(1), 443),
		database: netip.AddrPortFrom(porttest.ServerAddr(1), 5432),
		accident: "adds an nftables rule that drops", found: "filtered", cause: "filtered",
		repair: "The firewall's rules are set anew",
	}
	lab.Listen(s.web, porttest.AcceptClose)
	lab.Listen(s.database, porttest.AcceptClose)
	return &scene{
		description: "A lab of network namespaces: a client, a router with nftables, and a server behind the router.",
		fill:        s.fill(), acts: s.acts(),
		drop:    setRule(lab, s.database, porttest.Drop),
		accept:  setRule(lab, s.database, porttest.Accept),
		cleanUp: []io.Closer{lab},
	}, nil
}

// setRule returns what sets the router's rule for packets to dst.
func setRule(lab *porttest.Lab, dst netip.AddrPort, rule porttest.Rule) func() error {
	return func() error { lab.Set(porttest.Router, dst, rule); return nil }
}

// openListeners is the scene where there can be no lab.
func openListeners() (*scene, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // listening does not block
	if err != nil {
		return nil, err
	}
	database, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // listening does not block
	if err != nil {
		return nil, err
	}
	s := services{
		web:      netip.MustParseAddrPort(web.Addr().String()),
		database: netip.MustParseAddrPort(database.Addr().String()),
		accident: "stops the service on", found: "closed", cause: "service-down",
		repair: "The service is started again",
	}
	return &scene{
		description: "There is no firewall in this story, since " + porttest.Unavailable() + ". Two services of this machine play it: one of them stops.",
		fill:        s.fill(), acts: s.acts(),
		drop: func() error { return database.Close() },
		accept: func() (err error) {
			_ = database.Close()                                   // it may be open
			database, err = net.Listen("tcp", s.database.String()) //nolint:noctx // listening does not block
			return err
		},
		cleanUp: []io.Closer{web},
	}, nil
}
