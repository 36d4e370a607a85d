package tunnel

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func microsocks(t *testing.T, options string) netip.AddrPort {
	t.Helper()
	return porttest.Daemon{Command: "microsocks -i 127.0.0.1 -p PORT" + options}.Start(t).Addr
}

func dante(t *testing.T) netip.AddrPort {
	t.Helper()
	return porttest.Daemon{
		Command: "danted -f DIR/danted.conf -p DIR/danted.pid",
		Root:    true,
		Files: map[string]string{"danted.conf": fmt.Sprintf(`logoutput: stderr
internal: 127.0.0.1 port = PORT
external: %s
external: %s
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0/0 to: 0/0 }
socks block { from: 0/0 to: 0/0 port = 3 }
socks pass { from: 0/0 to: 0/0 }
`, porttest.ProberAddr, porttest.ProberAddr6)},
	}.Start(t).Addr
}

// sshD is ssh -D to a server.
func sshD(t *testing.T, server *sshd) netip.AddrPort {
	t.Helper()
	return porttest.Daemon{
		Command: fmt.Sprintf("ssh -F none -N -D 127.0.0.1:PORT -o UserKnownHostsFile=DIR/known.pem -o IdentitiesOnly=yes -i DIR/key.pem -p %d root@127.0.0.1", server.config.Port),
		Setup:   []string{"chmod 600 DIR/key.pem"},
		Files: map[string]string{
			"key.pem":   server.config.PrivateKey,
			"known.pem": fmt.Sprintf("[127.0.0.1]:%d %s", server.config.Port, server.config.HostKey),
		},
	}.Start(t).Addr
}

func tinyproxy(t *testing.T, config string) netip.AddrPort {
	t.Helper()
	return porttest.Daemon{
		Command: "tinyproxy -d -c DIR/tinyproxy.conf",
		Files:   map[string]string{"tinyproxy.conf": "Port PORT\nListen 127.0.0.1\nTimeout 600\nMaxClients 600\n" + config},
	}.Start(t).Addr
}

func newSOCKS5(t *testing.T, c SOCKS5Config) *SOCKS5 {
	t.Helper()
	s, err := NewSOCKS5(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newHTTPProxy(t *testing.T, c HTTPProxyConfig) *HTTPProxy {
	t.Helper()
	h, err := NewHTTPProxy(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestProxiesTellTheTruth: what each proxy makes of the truth. Where it tells less
// than the truth, it tells nothing else.
func TestProxiesTellTheTruth(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "")
	want := truths(lab)
	lab.Set(porttest.Router, port(1, 2000), porttest.Drop)
	tests := []struct {
		name   string
		p      place
		silent string // what a dropped port is
		merges map[string][]string
	}{
		{"microsocks", newSOCKS5(t, SOCKS5Config{Address: microsocks(t, "").String()}), isSilent, map[string][]string{
			"filtered admin-prohibited": {"unknown vantage-failed SOCKS reply 1: general failure"},
		}},
		{"dante", newSOCKS5(t, SOCKS5Config{Address: dante(t).String()}), isSilent, map[string][]string{
			"filtered admin-prohibited": {"unknown vantage-failed SOCKS reply 1: general failure"},
		}},
		{"ssh -D", newSOCKS5(t, SOCKS5Config{Address: sshD(t, server).String()}), isSilent, map[string][]string{
			isClosed:                    {"closed|filtered not-told the proxy ended the connection without a reply"},
			"filtered host-unreach":     {"closed|filtered not-told the proxy ended the connection without a reply"},
			"filtered net-unreach":      {"closed|filtered not-told the proxy ended the connection without a reply"},
			"filtered admin-prohibited": {"closed|filtered not-told the proxy ended the connection without a reply"},
		}},
		{"tinyproxy", newHTTPProxy(t, HTTPProxyConfig{URL: "http://" + tinyproxy(t, "").String()}), "closed|filtered not-told no reply from the proxy in time", map[string][]string{
			isClosed:                    {"closed|filtered not-told 500 Unable to connect"},
			"filtered host-unreach":     {"closed|filtered not-told 500 Unable to connect"},
			"filtered net-unreach":      {"closed|filtered not-told 500 Unable to connect"},
			"filtered admin-prohibited": {"closed|filtered not-told 500 Unable to connect"},
		}},
	}
	for _, tt := range tests {
		v := openView(t, tt.p)
		for addr, truth := range want {
			got := saw(lookAt(t, v, addr, timeout))
			allowed := tt.merges[truth]
			switch addr.Addr() {
			case porttest.ServerAddr(10), porttest.ServerAddr6(10), porttest.ServerAddr(12), porttest.ServerAddr6(12):
				// It accepts and ends at once, as a proxy does that reports success
				// before it has connected.
				allowed = []string{isOpen, "closed|filtered not-told success, and the connection ended at once"}
				switch tt.name { // the reset may come before the proxy has looked
				case "dante":
					allowed = append(allowed, isClosed)
				case "ssh -D":
					allowed = append(allowed, tt.merges[isClosed]...)
				}
			}
			if len(allowed) == 0 {
				allowed = []string{truth}
			}
			if !slices.Contains(allowed, got) {
				t.Errorf("%s: %s is %q, want one of %q", tt.name, addr, got, allowed)
			}
		}
		if got := saw(lookAt(t, v, port(1, 2000), time.Second)); got != tt.silent {
			t.Errorf("%s: a dropped port is %q", tt.name, got)
		}
	}
}

// TestProxyFaults: what is wrong with a proxy is said when it is opened, or is
// unknown.
func TestProxyFaults(t *testing.T) {
	lab := porttest.NewLab(t)
	open := lab.Listen(port(1, 1000), porttest.Silent).Addr()
	locked := microsocks(t, " -u user -P secret").String()
	closed := porttest.ClosedPort(t).String()
	socks := func(c SOCKS5Config) place { return newSOCKS5(t, c) }
	http := func(c HTTPProxyConfig) place { return newHTTPProxy(t, c) }
	for _, tt := range []struct {
		name string
		p    place
		want string
	}{
		{"no password", socks(SOCKS5Config{Address: locked}), "it lets nobody in without authentication: see username and password"},
		{"wrong password", socks(SOCKS5Config{Address: locked, Username: "user", Password: "wrong"}), "it refuses username and password"},
		{"nobody there", socks(SOCKS5Config{Address: closed}), "it cannot be reached: "},
		{"not SOCKS", socks(SOCKS5Config{Address: porttest.Listen(t, porttest.Endless).Addr().String()}), "it does not speak SOCKS5: its answer begins with"},
		{"ends", socks(SOCKS5Config{Address: porttest.Listen(t, porttest.AcceptClose).Addr().String()}), "it ended the connection before it answered"},
		{"nobody there", http(HTTPProxyConfig{URL: "http://" + closed}), "it cannot be reached: "},
		{"no TLS", http(HTTPProxyConfig{URL: "https://" + porttest.Listen(t, porttest.AcceptClose).Addr().String()}), "ended the connection"},
	} {
		if _, err := tt.p.Open(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	guarded := tinyproxy(t, "BasicAuth user secret\nConnectPort "+fmt.Sprint(open.Port())+"\n").String()
	for _, tt := range []struct {
		name string
		p    place
		addr netip.AddrPort
		want string
	}{
		{"right password", socks(SOCKS5Config{Address: locked, Username: "user", Password: "secret"}), open, isOpen},
		{"rules", socks(SOCKS5Config{Address: dante(t).String()}), port(1, 3), "unknown vantage-forbids SOCKS reply 2: not allowed by the proxy's rules"},
		{"right password", http(HTTPProxyConfig{URL: "http://" + guarded, Username: "user", Password: "secret"}), open, isOpen},
		{"wrong password", http(HTTPProxyConfig{URL: "http://" + guarded, Username: "user", Password: "wrong"}), open, "unknown vantage-failed 401 Unauthorized: see username and password"},
		{"no password", http(HTTPProxyConfig{URL: "http://" + guarded}), open, "unknown vantage-failed 407 Proxy Authentication Required: see username and password"},
		{"rules", http(HTTPProxyConfig{URL: "http://" + guarded, Username: "user", Password: "secret"}), port(1, 9), "unknown vantage-forbids 403 Access violation"},
	} {
		if got := saw(lookAt(t, openView(t, tt.p), tt.addr, timeout)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestDeadHTTPProxy: an HTTP proxy that answers nothing at all says nothing about
// any target.
func TestDeadHTTPProxy(t *testing.T) {
	for behaviour, want := range map[porttest.Behaviour]string{
		porttest.Silent:      "no answer in time",
		porttest.AcceptClose: "", // how the end looks depends on what was sent before
	} {
		dead := porttest.Listen(t, behaviour).Addr()
		v := openView(t, newHTTPProxy(t, HTTPProxyConfig{URL: "http://" + dead.String()}))
		want = "unknown vantage-failed proxy " + dead.String() + " answers neither CONNECT nor OPTIONS: " + want
		if got := saw(lookAt(t, v, porttest.ClosedPort(t), time.Second)); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", behaviour, got, want)
		}
	}
}

// TestProxyCancel: when ctx ends, so do opening and looking.
func TestProxyCancel(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
	silent := porttest.Listen(t, porttest.Silent).Addr().String()
	for _, p := range []place{
		newSOCKS5(t, SOCKS5Config{Address: microsocks(t, "").String()}),
		newHTTPProxy(t, HTTPProxyConfig{URL: "http://" + silent}),
	} {
		v := openView(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		for _, got := range looks(ctx, v, []netip.AddrPort{port(1, 1), port(1, 2)}, time.Hour) {
			if got != "unknown cancelled" {
				t.Errorf("%s: a cancelled look is %s", p, got)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := newSOCKS5(t, SOCKS5Config{Address: silent}).Open(ctx); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("a cancelled opening: %v", err)
	}
}
