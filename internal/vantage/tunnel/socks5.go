package tunnel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// SOCKS5Config is how to reach a SOCKS5 proxy (RFC 1928).
type SOCKS5Config struct {
	Name    string // how it is called in `from`
	Address string // host:port
	// Username and Password are for RFC 1929. Both are empty, or neither is.
	Username, Password string
	ResolveThere       bool   // names are resolved by the proxy
	Via                Dialer // nil: this machine
	// Guard has the operator's rules of where the proxy may be.
	Guard guard.Policy
}

// SOCKS5 is a proxy to look from. Its methods are safe for concurrent use.
type SOCKS5 struct{ proxy }

// NewSOCKS5 reads a configuration. It sends nothing. Its error begins with the name
// of the argument that is wrong, and has nothing of the password.
func NewSOCKS5(c SOCKS5Config) (*SOCKS5, error) {
	if err := checkAddress("address", c.Address); err != nil {
		return nil, err
	}
	// A length is one byte, and not zero (RFC 1929 section 2).
	if (c.Username == "") != (c.Password == "") {
		return nil, errors.New("username and password go together")
	}
	for argument, text := range map[string]string{"username": c.Username, "password": c.Password} {
		if len(text) > 255 {
			return nil, fmt.Errorf("%s has %d bytes. Expected at most 255", argument, len(text))
		}
	}
	via, err := hop("address", c.Address, c.Via, c.Guard)
	if err != nil {
		return nil, err
	}
	return &SOCKS5{proxy{name: c.Name, address: c.Address, resolveThere: c.ResolveThere, via: via, kind: socks5{c.Username, c.Password}}}, nil
}

// Name is how the place is called in `from`.
func (s *SOCKS5) Name() string { return s.name }

// Sees is true for all schemes over TCP.
func (*SOCKS5) Sees(scheme endpoint.Scheme) bool { return sees(scheme) }

// String says what the place is, for people.
func (s *SOCKS5) String() string { return "socks5 proxy " + s.address }

// Open shows that the proxy is there and lets us in.
func (s *SOCKS5) Open(ctx context.Context) (*View, error) { return s.open(ctx, s) }

// Dial connects to address from the proxy.
func (s *SOCKS5) Dial(ctx context.Context, address string) (net.Conn, error) {
	return dialOnce(ctx, s, address)
}

// socks5 is the protocol, with the credentials, if any.
type socks5 struct{ username, password string }

// The bytes of RFC 1928 sections 3 to 6 and RFC 1929.
const (
	socksVersion   = 5
	socksOpen      = 0    // method: no authentication
	socksPassword  = 2    // method: RFC 1929
	socksNoMethod  = 0xff // none of the methods is acceptable
	socksConnect   = 1
	socksIPv4      = 1
	socksName      = 3
	socksIPv6      = 4
	socksSucceeded = 0

	passwordVersion = 1
)

func (s socks5) greet(_ context.Context, conn net.Conn) (net.Conn, error) {
	greeting := []byte{socksVersion, 1, socksOpen}
	if s.username != "" {
		greeting = []byte{socksVersion, 2, socksOpen, socksPassword}
	}
	if _, err := conn.Write(greeting); err != nil {
		return nil, err
	}
	var answer [2]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return nil, err
	}
	if answer[0] != socksVersion {
		return nil, fmt.Errorf("it does not speak SOCKS5: its answer begins with %q", answer[:])
	}
	switch {
	case answer[1] == socksOpen:
		return conn, nil
	case answer[1] == socksPassword && s.username != "":
		return conn, s.login(conn)
	case s.username == "":
		return nil, errors.New("it lets nobody in without authentication: see username and password")
	}
	return nil, errors.New("it accepts no username and password")
}

// login is RFC 1929.
func (s socks5) login(conn net.Conn) error {
	request := []byte{passwordVersion, byte(len(s.username))} //nolint:gosec // at most 255
	request = append(request, s.username...)
	request = append(request, byte(len(s.password))) //nolint:gosec // at most 255
	request = append(request, s.password...)
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var answer [2]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[1] != 0 {
		return errors.New("it refuses username and password")
	}
	return nil
}

func (s socks5) connect(conn net.Conn, address string) (net.Conn, error) {
	request, err := socksRequest(address)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	return conn, readSOCKSReply(conn)
}

// silence is evidence: the proxy had answered its greeting.
func (socks5) silence() refusal { return errSilent }

// prove is nil: a proxy has to answer the greeting itself (RFC 1928 section 3).
func (socks5) prove() func(net.Conn) error { return nil }

// socksRequest asks for a connection to host:port (RFC 1928 section 4).
func socksRequest(address string) ([]byte, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	request := []byte{socksVersion, socksConnect, 0}
	addr, ok := endpoint.Host(host).Addr()
	switch {
	case ok && addr.Is4():
		request = append(append(request, socksIPv4), addr.AsSlice()...)
	case ok:
		request = append(append(request, socksIPv6), addr.AsSlice()...)
	case len(host) > 255:
		return nil, fmt.Errorf("a name of %d bytes. Expected at most 255", len(host))
	default:
		request = append(append(request, socksName, byte(len(host))), host...) //nolint:gosec // at most 255
	}
	return binary.BigEndian.AppendUint16(request, uint16(port)), nil
}

// readSOCKSReply reads a reply and nothing beyond it (RFC 1928 section 6). A reply
// that is not success may be cut short: its rest says nothing.
func readSOCKSReply(from io.Reader) error {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:2]); err != nil {
		return err
	}
	if head[0] != socksVersion {
		return broken("the proxy does not speak SOCKS5: its reply begins with %q", head[:2])
	}
	if head[1] != socksSucceeded {
		return fromSOCKS(head[1])
	}
	if _, err := io.ReadFull(from, head[2:]); err != nil {
		return err
	}
	size := 0
	switch head[3] {
	case socksIPv4:
		size = 4
	case socksIPv6:
		size = 16
	case socksName:
		var length [1]byte
		if _, err := io.ReadFull(from, length[:]); err != nil {
			return err
		}
		size = int(length[0])
	default:
		return broken("SOCKS reply with an address of the unknown type %d", head[3])
	}
	_, err := io.ReadFull(from, make([]byte, size+2))
	return err
}
