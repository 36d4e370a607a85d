package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// socketVariable names the socket by which the configuration's provisioner
// reaches the demo that runs the CLI.
const socketVariable = "PORTCHECK_DEMO_SOCKET"

// scene is what a story is played on: something that can be broken and repaired.
type scene struct {
	description  string
	fill         []string // what the configuration has in its place for each name
	acts         []act
	drop, accept func() error // break it by hand, and repair it
	cleanUp      []io.Closer  // from the last to the first
	listener     net.Listener
	ended        chan struct{}
}

// serve does what the provisioner asks for, in a socket in dir.
func (s *scene) serve(dir string) (err error) {
	s.listener, err = net.Listen("unix", filepath.Join(dir, "demo.sock")) //nolint:noctx // listening does not block
	if err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go s.answer()
	return nil
}

func (s *scene) socket() string { return s.listener.Addr().String() }

// answer does what is asked for, until the scene is closed.
func (s *scene) answer() {
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
	if s.listener != nil {
		_ = s.listener.Close()
		<-s.ended
	}
	for _, c := range slices.Backward(s.cleanUp) {
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
