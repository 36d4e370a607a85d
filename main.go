// Command terraform-provider-portcheck serves the provider to Terraform and
// OpenTofu.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// version and commit are set at release (-ldflags "-X main.version=1.2.3 -X main.commit=…").
var (
	version = "dev"
	commit  = "unknown"
)

func main() {
	about := flag.Bool("version", false, "print the version and end")
	debugged := flag.Bool("debug", false, "run for a debugger such as delve")
	flag.Parse()
	if *about {
		fmt.Printf("terraform-provider-portcheck %s (commit %s, %s %s/%s)\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return
	}
	setLogLevels()
	if os.Getenv("GOGC") == "" {
		tuneGC()
	}
	var options []tf6server.ServeOpt
	if *debugged {
		options = append(options, tf6server.WithManagedDebug())
	}
	// The terminal's Ctrl-C reaches the CLI and this process. go-plugin takes it
	// too, so that the process lives on until the CLI ends it.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	// There is one connection, and so one server.
	server := provider.NewServer(version, interrupts)()
	err := tf6server.Serve("registry.terraform.io/portcheck/portcheck", func() tfprotov6.ProviderServer { return server }, options...)
	// The CLI has gone. A place that was lost before may refuse to be closed, which
	// is no news to anybody.
	_ = server.Close()
	if err != nil {
		log.Fatal(err)
	}
}

// setLogLevels gives the logs of provider and plugin framework the level that
// the CLI will show, off if there is no level: lines that the CLI throws away
// have their cost all the same. At its trace level the framework writes a line
// for each value of a state or plan that it reads, and a plan of 10,000 endpoints
// takes a quarter more of the processors. A level that is set for one of the two
// alone stays.
func setLogLevels() {
	level := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "off")
	for variable, own := range map[string]string{
		"TF_LOG_PROVIDER_PORTCHECK": os.Getenv("TF_LOG_PROVIDER_PORTCHECK"),
		"TF_LOG_SDK_FRAMEWORK":      cmp.Or(os.Getenv("TF_LOG_SDK_FRAMEWORK"), os.Getenv("TF_LOG_SDK")),
	} {
		if own == "" {
			_ = os.Setenv(variable, level)
		}
	}
}
