// Command testlog reads the output of go test -json and writes what matters to
// people: a line for each package, the whole output of a test that failed, the
// skipped tests with their reasons, and every ten seconds how far the tests
// are. Its last lines count the tests and name those that failed.
//
// It fails when a test failed, and with -strict also when a test was skipped
// that .ci/allowed-skips does not name.
package main

import (
	"bufio"
	"errors"
	"flag"
	"io"
	"log"
	"os"
	"time"
)

// allowedSkips has a line for each test that may be skipped in CI: package,
// test, and the reason why it cannot run there. A # starts a comment.
const allowedSkips = ".ci/allowed-skips"

// progressInterval is how often testlog says how far the tests are.
const progressInterval = 10 * time.Second

func main() {
	log.SetFlags(0)
	strict := flag.Bool("strict", false, "fail when a test was skipped that "+allowedSkips+" does not name")
	flag.Parse()
	var allowed string
	if *strict {
		text, err := os.ReadFile(allowedSkips)
		if err != nil {
			log.Fatal(err)
		}
		allowed = string(text)
	}
	s := newSummary(os.Stdout)
	if err := follow(s, os.Stdin); err != nil {
		log.Fatal(err)
	}
	if !s.finish(allowed, *strict) {
		os.Exit(1)
	}
}

// follow passes each line of from to s, and lets s report progress in between.
func follow(s *summary, from io.Reader) error {
	lines, failed := make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		reader := bufio.NewReader(from)
		for {
			line, err := reader.ReadString('\n')
			if line != "" {
				lines <- line
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	began := time.Now()
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case line, more := <-lines:
			if !more {
				if err := <-failed; !errors.Is(err, io.EOF) {
					return err
				}
				return nil
			}
			s.line(line)
		case <-ticker.C:
			s.progress(time.Since(began))
		}
	}
}
