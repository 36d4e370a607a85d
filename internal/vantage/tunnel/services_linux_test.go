package tunnel

import (
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// web is an HTTPS server, over HTTP/2 or not.
func web(t *testing.T, http2 bool) (netip.AddrPort, *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.EnableHTTP2 = http2
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.Listener.Addr().(*net.TCPAddr).AddrPort(), roots
}

// TestServices: services speak through every kind of place, and a look at one that
// does not ends in time.
func TestServices(t *testing.T) {
	porttest.NewLab(t)
	server := startSSHD(t, "", "")
	redis := porttest.Daemon{Command: "redis-server --port PORT --bind 127.0.0.1 --save  --dir DIR"}.Start(t).Addr
	memcached := porttest.Daemon{Command: "memcached -u root -l 127.0.0.1 -p PORT -U 0 -B binary"}.Start(t).Addr
	h1, roots1 := web(t, false)
	h2, roots2 := web(t, true)
	silent, endless, closes := porttest.Listen(t, porttest.Silent).Addr(), porttest.Listen(t, porttest.Endless).Addr(), porttest.Listen(t, porttest.AcceptClose).Addr()
	socks := newSOCKS5(t, SOCKS5Config{Address: microsocks(t, "").String()})
	for _, p := range []place{newSSH(t, server.config), socks, newHTTPProxy(t, HTTPProxyConfig{URL: "http://" + tinyproxy(t, "").String()})} {
		v := openView(t, p)
		early := "unresponsive closed-early"
		if _, ok := p.(*SSH); !ok {
			early = "closed|filtered not-told"
		}
		for _, tt := range []struct {
			scheme  endpoint.Scheme
			addr    netip.AddrPort
			roots   *x509.CertPool
			want    string
			timeout time.Duration
		}{
			{endpoint.HTTPS, h1, roots1, "open service-response", timeout},
			{endpoint.HTTPS, h2, roots2, "open service-response", timeout},
			{endpoint.HTTPS, h2, x509.NewCertPool(), "unresponsive tls-unknown-authority", timeout},
			{endpoint.Redis, redis, nil, "open service-response", timeout},
			{endpoint.Memcached, memcached, nil, "open service-response", 3 * time.Second}, // in its second way
			{endpoint.SSH, server.Addr, nil, "open service-response", timeout},
			{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", timeout},
			{endpoint.SSH, silent, nil, "unresponsive no-greeting", time.Second},
			{endpoint.SMTP, endless, nil, "unresponsive wrong-protocol", timeout},
			{endpoint.Redis, closes, nil, early, timeout},
			{endpoint.Redis, porttest.ClosedPort(t), nil, "", timeout},
		} {
			options := &look.TLS{Verify: look.VerifyAlways, ServerName: "example.com"}
			if tt.roots != nil {
				options.Roots = tt.roots
			}
			r := v.Look(t.Context(), look.Target{Scheme: tt.scheme, Addr: tt.addr, Host: "example.com", TLS: options}, tt.timeout)
			got := string(r.State) + " " + string(r.Reason)
			switch {
			case tt.want == "" && got != isClosed && got != "closed|filtered not-told":
				t.Errorf("%s: %s at a closed port is %s", p, tt.scheme, saw(r))
			case tt.want != "" && got != tt.want:
				t.Errorf("%s: %s at %s is %s, want %s", p, tt.scheme, tt.addr, saw(r), tt.want)
			}
		}
	}
}

// TestVia: places are reached through others, in any combination.
func TestVia(t *testing.T) {
	lab := porttest.NewLab(t)
	open := lab.Listen(port(1, 1000), porttest.Silent).Addr()
	a, b := startSSHD(t, "", ""), startSSHD(t, "", "")
	socks := microsocks(t, " -u user -P secret").String()
	http := tinyproxy(t, "").String()
	viaSSH := func(s *sshd, via Dialer) Dialer {
		c := s.config
		c.Via = via
		return newSSH(t, c)
	}
	viaSOCKS := func(via Dialer) Dialer {
		return newSOCKS5(t, SOCKS5Config{Address: socks, Username: "user", Password: "secret", Via: via})
	}
	viaHTTP := func(via Dialer) Dialer { return newHTTPProxy(t, HTTPProxyConfig{URL: "http://" + http, Via: via}) }
	for name, p := range map[string]Dialer{
		"ssh, ssh":               viaSSH(b, viaSSH(a, nil)),
		"socks, ssh":             viaSSH(a, viaSOCKS(nil)),
		"ssh, socks":             viaSOCKS(viaSSH(a, nil)),
		"http, ssh, socks, ssh":  viaSSH(b, viaSOCKS(viaSSH(a, viaHTTP(nil)))),
		"ssh, http, socks, http": viaHTTP(viaSOCKS(viaHTTP(viaSSH(a, nil)))),
	} {
		v := openView(t, p.(place))
		if got := saw(lookAt(t, v, open, timeout)); got != isOpen {
			t.Errorf("%s: an open port is %s", name, got)
		}
		r := v.Look(t.Context(), look.Target{Scheme: endpoint.SSH, Addr: a.Addr}, timeout)
		if got := saw(r); got != "open service-response" {
			t.Errorf("%s: a service is %s", name, got)
		}
		conn, err := p.Dial(t.Context(), "localhost:"+fmt.Sprint(b.Addr.Port()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var begin [4]byte
		if _, err := conn.Read(begin[:]); err != nil || string(begin[:]) != "SSH-" {
			t.Errorf("%s: the hop says %q, %v", name, begin, err)
		}
		if err := conn.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed := newSSH(t, SSHConfig{Name: "a", Host: "127.0.0.1", Port: porttest.ClosedPort(t).Port(), User: "root", PrivateKey: a.config.PrivateKey, HostKey: a.config.HostKey})
	if _, err := viaSOCKS(closed).(place).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "ssh server 127.0.0.1:") {
		t.Errorf("a hop that is not there: %v", err)
	}
	if _, err := viaSSH(b, viaSOCKS(nil)).(place).Open(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNamesThere: names that only the place knows. A dead name delays no address
// and no other name.
func TestNamesThere(t *testing.T) {
	lab := porttest.NewLab(t)
	open := lab.Listen(port(1, 1000), porttest.Silent).Addr()
	lab.SetAll(porttest.Router, porttest.ServerAddr(9), porttest.Drop) // the name server
	server := startSSHD(t, "", `echo "127.0.0.1 localhost
198.51.100.1 db.internal" >DIR/hosts
echo "nameserver 198.51.100.9" >DIR/resolv.conf
mount --bind DIR/hosts /etc/hosts && mount --bind DIR/resolv.conf /etc/resolv.conf || exit 1`)
	c := server.config
	c.ResolveThere = true
	v := openView(t, newSSH(t, c))
	at := func(name endpoint.Host, port uint16) netip.AddrPort {
		t.Helper()
		addrs, fault := v.Lookup(t.Context(), name)
		if len(addrs) != 1 || fault != "" || !StandIn(addrs[0]) {
			t.Fatalf("%s is %s: %s", name, addrs, fault)
		}
		return netip.AddrPortFrom(addrs[0], port)
	}
	first, again, other := at("db.internal", 1), at("db.internal", 1), at("other.internal", 1)
	if first != again || first == other {
		t.Error("a name has one stand-in of its own")
	}
	dead := make(chan []string)
	go func() {
		var addrs []netip.AddrPort
		for port := range uint16(20) {
			addrs = append(addrs, at("dead.internal", port+1))
		}
		dead <- looks(t.Context(), v, addrs, time.Second)
	}()
	for range 20 {
		for _, addr := range []netip.AddrPort{open, at("db.internal", 1000)} {
			if got := saw(lookAt(t, v, addr, timeout)); got != isOpen {
				t.Errorf("beside a dead name %s is %s", addr, got)
			}
		}
	}
	if got := saw(lookAt(t, v, at("db.internal", 1001), timeout)); got != isClosed {
		t.Errorf("a closed port of a name is %s", got)
	}
	for _, got := range <-dead {
		if !strings.HasPrefix(got, "unknown resolver-timeout") {
			t.Errorf("a port of a dead name is %s", got)
		}
	}
	if got := saw(lookAt(t, v, at("slow.internal", 1), time.Minute)); got != "unknown resolver-timeout" {
		t.Errorf("a port of a name without an answer is %s", got)
	}
	r := openView(t, newSOCKS5(t, SOCKS5Config{Address: microsocks(t, "").String(), ResolveThere: true}))
	addrs, _ := r.Lookup(t.Context(), "localhost")
	if got := saw(lookAt(t, r, netip.AddrPortFrom(addrs[0], server.Addr.Port()), timeout)); got != isOpen {
		t.Errorf("a name through SOCKS is %s", got)
	}
}

// TestAbsoluteThere: the place gets a name as it was written, and another stand-in
// for another spelling.
func TestAbsoluteThere(t *testing.T) {
	v := &View{names: &standIns{}}
	seen := map[netip.Addr]bool{}
	for _, name := range []endpoint.Host{"db.example", "db.example."} {
		addrs, _ := v.Lookup(t.Context(), name)
		seen[addrs[0]] = true
		if got, want := v.address(netip.AddrPortFrom(addrs[0], 443)), string(name)+":443"; got != want || !v.StandsFor(addrs[0]) {
			t.Errorf("%s is asked for as %s", name, got)
		}
	}
	if len(seen) != 2 || v.StandsFor(netip.MustParseAddr("240.0.0.9")) || (&View{}).StandsFor(netip.MustParseAddr("240.0.0.1")) {
		t.Errorf("stand-ins: %v", seen)
	}
}

// TestLookupHere: names are resolved by this machine, unless the place is to.
func TestLookupHere(t *testing.T) {
	v := &View{}
	addrs, fault := v.Lookup(t.Context(), "localhost")
	if len(addrs) == 0 || fault != "" || addrs[0].Is4In6() || StandIn(addrs[0]) {
		t.Errorf("localhost is %s: %s", addrs, fault)
	}
	if addrs, fault := v.Lookup(t.Context(), "nowhere.invalid"); len(addrs) > 0 || fault == "" {
		t.Errorf("nowhere.invalid is %s: %s", addrs, fault)
	}
}
