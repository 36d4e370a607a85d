package provider

import (
	"context"
	"net"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
	"github.com/portcheck/terraform-provider-portcheck/internal/vantage/blackbox"
	"github.com/portcheck/terraform-provider-portcheck/internal/vantage/tunnel"
)

// This is the only file that knows the packages of the places.

// dialer is a place through which another can be reached.
type dialer = tunnel.Dialer

// makers make a vantage of a block of each kind, all of whose arguments are known;
// via is nil where it is reached from this machine, and rules say where the place may
// be. The error begins with the
// argument that is wrong, and has no secret in it. Nothing is opened before the
// vantage is.
type makers map[string]func(b block, via dialer, rules guard.Policy) (vantage, error)

var vantageMakers = makers{
	kindSSH:       newSSH,
	kindSOCKS5:    newSOCKS5,
	kindHTTPProxy: newHTTPProxy,
	kindBlackbox:  newBlackbox,
}

func newSSH(b block, via dialer, rules guard.Policy) (vantage, error) {
	place, err := tunnel.NewSSH(tunnel.SSHConfig{
		Name: b.text(argName), Host: b.text(argHost), Port: b.port(), User: b.text(argUser),
		Password: b.text(argPassword), PrivateKey: b.text(argPrivateKey), Certificate: b.text(argCertificate),
		Agent: b.flag(argAgent), AgentIdentity: b.text(argAgentIdentity),
		HostKey: b.text(argHostKey), KnownHosts: b.text(argKnownHosts),
		Timeout: b.timeout(), ResolveThere: b.text(argResolve) == resolveThere, Via: via, Guard: rules,
	})
	if err != nil {
		return vantage{}, err
	}
	return vantage{scan.From(place), place}, nil
}

func newSOCKS5(b block, via dialer, rules guard.Policy) (vantage, error) {
	place, err := tunnel.NewSOCKS5(tunnel.SOCKS5Config{
		Name: b.text(argName), Address: b.text(argAddress), Username: b.text(argUsername), Password: b.text(argPassword),
		ResolveThere: b.text(argResolve) == resolveThere, Via: via, Guard: rules,
	})
	if err != nil {
		return vantage{}, err
	}
	return vantage{scan.From(place), place}, nil
}

func newHTTPProxy(b block, via dialer, rules guard.Policy) (vantage, error) {
	place, err := tunnel.NewHTTPProxy(tunnel.HTTPProxyConfig{
		Name: b.text(argName), URL: b.text(argURL), Username: b.text(argUsername), Password: b.text(argPassword),
		ResolveThere: b.text(argResolve) == resolveThere, Via: via, Guard: rules,
	})
	if err != nil {
		return vantage{}, err
	}
	return vantage{scan.From(place), place}, nil
}
func newBlackbox(b block, via dialer, rules guard.Policy) (vantage, error) {
	c := blackbox.Config{
		Name: b.text(argName), URL: b.text(argURL),
		BearerToken: b.text(argBearerToken), Username: b.text(argUsername), Password: b.text(argPassword),
		Headers: b.texts(argHeaders),
		CAPEM:   b.text(attrCAPEM), ClientCertPEM: b.text(argClientCertPEM), ClientKeyPEM: b.text(argClientKeyPEM),
		Modules: b.texts(argModules), ResolveThere: b.text(argResolve) == resolveThere, Guard: rules,
	}
	if via != nil {
		c.Dial = func(ctx context.Context, _, address string) (net.Conn, error) { return via.Dial(ctx, address) }
	}
	place, err := blackbox.New(c)
	if err != nil {
		return vantage{}, err
	}
	return vantage{Vantage: scan.From(place)}, nil
}
