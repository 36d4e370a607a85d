package service

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestNTPAnswers: which answers are those of a clock that serves.
func TestNTPAnswers(t *testing.T) {
	for _, tt := range []struct {
		name          string
		leap, stratum byte
		code          string
		want          string
	}{
		{"synchronised", 0, 2, "\x7f\x00\x00\x01", ""},
		{"a reference clock", 0, 1, "GPS\x00", ""},
		{"rate", 0, 0, "RATE", ""},
		{"kiss", 3, 0, "INIT", "unavailable: kiss-o'-death INIT"},
		{"OpenNTPD, not yet synchronised", 3, 0, "\x00\x00\x00\x00", "unavailable: not synchronised: leap indicator 3, stratum 0"},
		{"stratum 16", 0, 16, "\x00\x00\x00\x00", "unavailable: not synchronised: leap indicator 0, stratum 16"},
	} {
		query, judge := services[endpoint.NTP][0].ask(look.Target{Scheme: endpoint.NTP})
		answer := make([]byte, ntpLength)
		answer[0], answer[1] = tt.leap<<6|4<<3|ntpServer, tt.stratum
		copy(answer[12:16], tt.code)
		copy(answer[24:32], query[40:48])
		got := ""
		if err := judge(answer); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
