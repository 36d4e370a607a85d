package provider

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// TestRecordAName: a name stands for two addresses, of which one does not have
// one of the ports.
func TestRecordAName(t *testing.T) {
	resolver := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = resolver })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: nameServer}
	d := &providerData{stopped: t.Context(), settings: defaultSettings, scanners: defaultSettings.scanners(places{}, guard.Policy{})}
	d.settings.timeout, d.settings.recheckInterval = time.Second, 0

	listen := func(address string) int {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		return listener.Addr().(*net.TCPAddr).Port
	}
	both, one := listen("0.0.0.0:0"), listen("127.0.0.1:0")
	record := func(addresses string) *recording {
		r, diags := d.record(t.Context(), arguments{
			"hosts": []string{"two.example.com"}, "ports": []string{fmt.Sprint(both), fmt.Sprint(one)}, "addresses": addresses,
		})
		if diags.HasError() {
			t.Fatal(diags)
		}
		return r
	}

	r := record("all")
	if diff := cmp.Diff(baseline.Baseline{"two.example.com": {fmt.Sprint(both)}}, r.open); diff != "" {
		t.Errorf("all (-want +got)\n%s", diff)
	}
	if len(r.unsteady) != 1 || r.unsteady[0].Endpoint.Port != uint16(one) || r.unsteady[0].Last.Remote.Addr().String() != "127.0.0.2" {
		t.Errorf("all: unsteady %+v", r.unsteady)
	}
	r = record("any")
	port := func(n int) endpoint.Range { return endpoint.Range{First: uint16(n), Last: uint16(n)} }
	want := endpoint.ByScheme{endpoint.TCP: endpoint.NewPorts(port(both), port(one))}.Specs()
	if diff := cmp.Diff(baseline.Baseline{"two.example.com": want}, r.open); diff != "" || len(r.unsteady) > 0 {
		t.Errorf("any: unsteady %+v (-want +got)\n%s", r.unsteady, diff)
	}
}

// nameServer answers each question for addresses with 127.0.0.1 and 127.0.0.2,
// and any other with nothing.
func nameServer(context.Context, string, string) (net.Conn, error) {
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	go func() {
		defer func() { _ = server.Close() }()
		message := make([]byte, 512)
		n, client, err := server.ReadFromUDP(message)
		if err != nil || n < 12 {
			return
		}
		end := 12 // of the question: its name, type and class
		for message[end] != 0 {
			end += int(message[end]) + 1
		}
		end += 5
		isA := message[end-3] == 1
		// RFC 1035 section 4.1: a response of one question and no more.
		answer := append([]byte{message[0], message[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, message[12:end]...)
		for last := byte(1); isA && last <= 2; last++ {
			answer[7]++
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, last)
		}
		_, _ = server.WriteToUDP(answer, client)
	}()
	return net.Dial("udp", server.LocalAddr().String())
}
