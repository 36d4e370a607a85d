package service_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestRsyncd(t *testing.T) {
	server := porttest.Daemon{
		Command: "rsync --daemon --no-detach --address=127.0.0.1 --port=PORT --config=DIR/rsyncd.conf --log-file=DIR/log",
		Files: map[string]string{"rsyncd.conf": `use chroot = no
reverse lookup = no
hosts deny = *
[module]
path = DIR
`},
	}.Start(t)
	for range 3 {
		speaks(t, endpoint.Rsync, server.Addr, nil)
	}
	log := mainLog(t, server, "log", "connect from", 4) // one found it listening
	only(t, log, `rsyncd version .* starting, listening on port|connect from (localhost|UNKNOWN|UNDETERMINED) \(127\.0\.0\.1\)$`)
	sees(t, []seen{{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.Rsync}})
}
