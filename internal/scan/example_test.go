package scan_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"strconv"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// portOf returns a list with the port of a listener.
func portOf(l net.Listener) endpoint.List {
	port := l.Addr().(*net.TCPAddr).Port
	return endpoint.List{Elements: []endpoint.Element{{Value: strconv.Itoa(port)}}}
}

// One service must be up, and the other must not be reachable. Both are.
func ExampleScanner_Run() {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer web.Close()
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer admin.Close()

	declared, problems := endpoint.Declaration{
		Hosts:  endpoint.List{Elements: []endpoint.Element{{Value: "127.0.0.1"}}},
		Open:   portOf(web),
		Closed: portOf(admin),
	}.Resolve()
	if len(problems) > 0 {
		log.Fatal(problems)
	}

	// This machine is the place to look from. One Scanner serves many runs,
	// which share its limits.
	scanner := scan.New(scan.Config{Vantage: scan.From(probe.Prober{}), Limits: scan.DefaultLimits})
	defer scanner.Close()

	// One look at each endpoint, without a re-check.
	v, err := scanner.Run(context.Background(), declared, scan.Options{Timeout: 10 * time.Second})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range v.Findings {
		if f.AsDeclared() {
			fmt.Printf("as declared: %s (%s)\n", f.Last.State, f.Last.Reason)
			continue
		}
		fmt.Printf("%s: declared %s, is %s (%s)\n", f.Cause, f.Want, f.Last.State, f.Last.Reason)
	}

	// Unordered output:
	// as declared: open (syn-ack)
	// unexpected-open: declared closed, is open (syn-ack)
}
