package service_test

import (
	"strings"
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

func TestSamba(t *testing.T) {
	samba := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "smbd --foreground --no-process-group --debug-stdout --debuglevel=1 --configfile=DIR/smb.conf --port=PORT",
			Root:    true,
			Setup:   []string{"mkdir -p DIR/private DIR/lock DIR/state DIR/cache DIR/pid DIR/ncalrpc"},
			Files: map[string]string{"smb.conf": `[global]
interfaces = 127.0.0.1
bind interfaces only = yes
disable netbios = yes
load printers = no
private dir = DIR/private
lock directory = DIR/lock
state directory = DIR/state
cache directory = DIR/cache
pid directory = DIR/pid
ncalrpc dir = DIR/ncalrpc
passdb backend = smbpasswd:DIR/private/smbpasswd
` + more},
		}.Start(t)
	}
	for _, more := range []string{"", "server min protocol = SMB3_11\n", "server max protocol = SMB2_02\n", "server signing = mandatory\nsmb encrypt = required\n"} {
		server := samba(more)
		for range 3 {
			speaks(t, endpoint.SMB, server.Addr, nil)
		}
		const dialled = "read_fd_with_timeout failed for client 127.0.0.1 read error = NT_STATUS_END_OF_FILE." // by what found it listening
		log := logged(t, server, "started.", "", 0)
		only(t, log, `^Copyright|^INFO: |^startsmbfilepwent_internal|`+dialled)
		if n := strings.Count(strings.Join(log, "\n"), dialled); n > 1 {
			t.Errorf("%d clients left without a word", n-1)
		}
	}
	refuses := samba("hosts deny = ALL\n")
	speaks(t, endpoint.SMB, refuses.Addr, nil)
}
