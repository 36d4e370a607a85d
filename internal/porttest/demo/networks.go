package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log"
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// networksConfiguration has names in capitals in the place of addresses, of the
// user, and of the folder with the keys.
//
//go:embed networks.tf
var networksConfiguration string

// networks is the story of traffic between networks, which this machine is not in:
// the database is open from the app tier and not from the web tier, until a rule is
// swapped.
var networks = story{
	configuration: networksConfiguration,
	folder:        "networks",
	open:          openNetworks,
	own: []string{
		"WEB", "bastion.web.example.com", "APP", "bastion.app.example.com", "DATABASE", "database.example.com",
		"USER", "probe", "FOLDER", "~/.ssh",
	},
	next: `1. Put two bastions and a database of your own into it. If you have one bastion, remove
   the block app or web and the check that names it. Then:
     cd {dir}
     export TF_CLI_CONFIG_FILE=$PWD/cli.tfrc
     {cli} apply
2. Give one bastion the host key of another machine (host_key = "ssh-ed25519 AAAA…" in
   place of known_hosts), and see what a plan says about a place that it cannot trust:
     {cli} plan -detailed-exitcode
3. Read how to check the traffic between all of your networks:
     docs/guides/vantages.md
`,
}

func openNetworks(dir string) (*scene, error) {
	if reason := porttest.Unavailable(); reason != "" {
		return nil, errors.New("this story is about networks with a firewall between them, and there can be none: " + reason)
	}
	sshd, err := porttest.Find("sshd")
	if err != nil {
		return nil, fmt.Errorf("this story looks from two bastions: %w", err)
	}
	lab, err := porttest.OpenLab(func(err error) { log.Fatal(err) })
	if err != nil {
		return nil, err
	}
	database := netip.AddrPortFrom(porttest.ServerAddr(1), 5432)
	lab.Listen(database, porttest.AcceptClose)
	web, app := lab.AddNetwork(), lab.AddNetwork()
	dropFrom := func(n *porttest.Network) func() error {
		return setRule(lab, database, porttest.Rule(fmt.Sprintf("ip saddr %s drop", n.Prefix)))
	}
	s := &scene{
		description: fmt.Sprintf(`A lab of network namespaces. Behind a router with nftables are three networks:
  web   %-16s  with a bastion, OpenSSH's sshd
  app   %-16s  with a bastion, OpenSSH's sshd
  data  %-16s  with the database, %s
The router drops what goes from web to the database. This machine is in none of them.`,
			web.Prefix, app.Prefix, netip.PrefixFrom(database.Addr(), 24).Masked(), database),
		fill:    []string{"WEB", web.Addr.String(), "APP", app.Addr.String(), "DATABASE", database.Addr().String(), "USER", bastionUser, "FOLDER", dir},
		acts:    networkActs(database),
		drop:    dropFrom(app),
		accept:  dropFrom(web),
		cleanUp: []io.Closer{lab},
	}
	started, err := startBastions(sshd, dir, database, web, app)
	s.cleanUp = append(s.cleanUp, started...)
	if err == nil {
		err = s.accept()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// networkActs returns the story in its order.
func networkActs(database netip.AddrPort) []act {
	return []act{
		{
			title: "The database is declared open from app and not from web. So it is.",
			args:  []string{"apply", "-auto-approve"},
			says:  []string{"3 added, 0 changed, 0 destroyed"},
		}, {
			title: "Nothing changed: the plan is quiet.",
			args:  []string{"plan", "-detailed-exitcode"},
			says:  []string{"No changes."},
		}, {
			title: "Somebody takes one network for the other in the rule, by hand. The next plan names both.",
			drop:  true,
			args:  []string{"plan", "-detailed-exitcode"}, exit: 2,
			says: []string{
				fmt.Sprintf("Port drift found while planning: tcp://%s from app is filtered, declared open", database), "filtered-by-source: ",
				fmt.Sprintf("Port drift found while planning: tcp://%s from web is open, declared closed", database), "unexpected-open: ",
			},
		}, {
			title: "The rule is put back, and the same apply sees it from both networks.",
			args:  []string{"apply", "-auto-approve", "-var=revision=2"},
			says:  []string{"1 added, 2 changed, 1 destroyed"},
		}, {
			title: "The plan is quiet again.",
			args:  []string{"plan", "-detailed-exitcode", "-var=revision=2"},
			says:  []string{"No changes."},
		}, {
			title: "Nothing stands in the way of destroy.",
			args:  []string{"destroy", "-auto-approve"},
			says:  []string{"3 destroyed"},
		},
	}
}
