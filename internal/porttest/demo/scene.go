package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// socketVariable names the socket by which the configuration's provisioner
// reaches the demo that runs the CLI.
const socketVariable = "PORTCHECK_DEMO_SOCKET"

// scene is the stage of the story: two services. The database can be cut off
// and brought back.
type scene struct {
	description   string
	web, database netip.AddrPort
	accident      string // what drop does, as a verb
	repair        string // what accept does, as a sentence
	found, cause  string // the state and cause that portcheck reports after drop
	drop, accept  func() error
	cleanUp       []io.Closer
	listener      net.Listener
	ended         chan struct{}
}

// openScene prefers the lab's firewall to a listener that goes away.
func openScene(dir string) (*scene, error) {
	open := openFirewall
	if porttest.Unavailable() != "" {
		open = openListeners
	}
	s, err := open()
	if err != nil {
		return nil, err
	}
	s.listener, err = net.Listen("unix", filepath.Join(dir, "demo.sock")) //nolint:noctx // listening does not block
	if err != nil {
		return nil, err
	}
	s.ended = make(chan struct{})
	go s.serve()
	return s, nil
}

func openFirewall() (*scene, error) {
	lab, err := porttest.OpenLab(func(err error) { log.Fatal(err) })
	if err != nil {
		return nil, err
	}
	s := &scene{
		description: "A lab of network namespaces: a client, a router with nftables, and a server behind the router.",
		web:         netip.AddrPortFrom(porttest.ServerAddr(1), 443),
		database:    netip.AddrPortFrom(porttest.ServerAddr(1), 5432),
		accident:    "adds an nftables rule that drops", found: "filtered", cause: "filtered",
		repair:  "The firewall's rules are set anew",
		cleanUp: []io.Closer{lab},
	}
	lab.Listen(s.web, porttest.AcceptClose)
	lab.Listen(s.database, porttest.AcceptClose)
	rule := func(r porttest.Rule) func() error {
		return func() error { lab.Set(porttest.Router, s.database, r); return nil }
	}
	s.drop, s.accept = rule(porttest.Drop), rule(porttest.Accept)
	return s, nil
}

// openListeners opens the scene where there can be no lab.
func openListeners() (*scene, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // listening does not block
	if err != nil {
		return nil, err
	}
	database, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // listening does not block
	if err != nil {
		return nil, err
	}
	s := &scene{
		description: "There is no firewall in this story, since " + porttest.Unavailable() + ". Two services of this machine play it: one of them stops.",
		web:         netip.MustParseAddrPort(web.Addr().String()),
		database:    netip.MustParseAddrPort(database.Addr().String()),
		accident:    "stops the service on", found: "closed", cause: "service-down",
		repair:  "The service is started again",
		cleanUp: []io.Closer{web},
	}
	s.drop = func() error { return database.Close() }
	s.accept = func() (err error) {
		_ = database.Close()                                   // it may be open
		database, err = net.Listen("tcp", s.database.String()) //nolint:noctx // listening does not block
		return err
	}
	return s, nil
}

func (s *scene) socket() string { return s.listener.Addr().String() }

// serve brings the database back at each request of the provisioner, until the
// scene is closed.
func (s *scene) serve() {
	defer close(s.ended)
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		answer := "ok"
		if err := s.accept(); err != nil {
			answer = err.Error()
		}
		fmt.Fprint(conn, answer)
		_ = conn.Close()
	}
}

func (s *scene) close() {
	_ = s.listener.Close()
	<-s.ended
	for _, c := range s.cleanUp {
		_ = c.Close()
	}
}

// ask is the side of the provisioner: it asks the demo that runs the CLI to
// bring the database back. accept is the only request.
func ask(args []string) error {
	if len(args) != 1 || args[0] != "accept" {
		return fmt.Errorf("%q is not known, expected accept", args)
	}
	conn, err := net.Dial("unix", os.Getenv(socketVariable)) //nolint:noctx // a socket of our own
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<10))
	if err != nil {
		return err
	}
	if string(answer) != "ok" {
		return errors.New(strings.TrimSpace(string(answer)))
	}
	return nil
}
