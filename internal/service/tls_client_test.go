package service_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestClientCertificates: a certificate that is given must do, in each version of
// TLS. Who is given none passes all the same.
func TestClientCertificates(t *testing.T) {
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	now := time.Now()
	server := ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")
	client := func(ca *porttest.CA, until time.Time) *look.ClientCertificate {
		pair := ca.Certificate(t, now.Add(-2*time.Hour), until, "client")
		return &look.ClientCertificate{Chain: pair.Certificate, Key: pair.PrivateKey}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool, MaxVersion: version}
		site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
		}))
		site.TLS = config
		site.Config.ErrorLog = log.New(io.Discard, "", 0)
		site.StartTLS()
		defer site.Close()
		for _, tt := range []struct {
			name   string
			client *look.ClientCertificate
			want   string
		}{
			{"none", nil, "open service-response"},
			{"good", client(ca, now.Add(time.Hour)), "open service-response"},
			{"expired", client(ca, now.Add(-time.Hour)), "unresponsive tls-client-certificate alert: "},
			{"of another authority", client(other, now.Add(time.Hour)), "unresponsive tls-client-certificate alert: "},
		} {
			for _, scheme := range []endpoint.Scheme{endpoint.TLS, endpoint.HTTPS} {
				at := look.Target{Scheme: scheme, Addr: site.Listener.Addr().(*net.TCPAddr).AddrPort(), TLS: &look.TLS{Roots: ca.Pool, Client: tt.client}}
				if tt.client != nil {
					at.HTTP = &look.HTTP{Contains: "client"}
				}
				if got := lookAsked(t, at); !strings.HasPrefix(got, tt.want) {
					t.Errorf("%s, %s, %s: %s, want %s", tls.VersionName(version), scheme, tt.name, got, tt.want)
				}
			}
		}
	}
}

// TestClientCertificateInHTTP: a server may shake hands with anybody, and mind the client
// certificate in its answer, as nginx does. Without one to give it speaks all the same.
func TestClientCertificateInHTTP(t *testing.T) {
	ca := porttest.NewCA(t)
	now := time.Now()
	pair := ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")
	ours := &look.ClientCertificate{Chain: pair.Certificate, Key: pair.PrivateKey}
	const page = "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n"
	for _, tt := range []struct {
		scheme endpoint.Scheme
		body   string
		client *look.ClientCertificate
		status []look.StatusRange
		want   string
	}{
		{endpoint.HTTPS, page, nil, nil, "open service-response"},
		{endpoint.HTTPS, page, nil, []look.StatusRange{{First: 200, Last: 200}}, "unresponsive status-400"},
		{endpoint.HTTPS, page, ours, nil, "unresponsive tls-client-certificate"},
		{endpoint.HTTPS, "other", ours, nil, "open service-response"},
		{endpoint.WSS, page, nil, nil, "open service-response"},
		{endpoint.WSS, page, ours, nil, "unresponsive tls-client-certificate"},
		{endpoint.WSS, "other", nil, nil, "unresponsive status-400"},
		{endpoint.GRPCS, page, nil, nil, "open service-response"},
		{endpoint.GRPCS, page, ours, nil, "unresponsive tls-client-certificate"},
	} {
		for _, http2 := range []bool{false, true} {
			if !http2 && tt.scheme == endpoint.GRPCS {
				continue
			}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, tt.body)
			}))
			server.EnableHTTP2 = http2
			server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
			server.StartTLS()
			at := look.Target{Scheme: tt.scheme, Addr: server.Listener.Addr().(*net.TCPAddr).AddrPort(), TLS: &look.TLS{Roots: ca.Pool, Client: tt.client}, HTTP: &look.HTTP{Status: tt.status}}
			if got := lookAsked(t, at); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s, HTTP/2 %t, %q, a certificate %t: %s, want %s", tt.scheme, http2, tt.body, tt.client != nil, got, tt.want)
			}
			server.Close()
		}
	}
}
