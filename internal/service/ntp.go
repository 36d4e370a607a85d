package service

import (
	"crypto/rand"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// A packet of NTP (RFC 5905 section 7.3).
const (
	ntpLength    = 48
	ntpClient    = 4<<3 | 3 // version 4, mode 3
	ntpServer    = 4        // mode
	ntpUnsynced  = 3        // leap indicator
	ntpKissCodes = 0        // stratum, whose reference identifier is a code then
	ntpMaxOrigin = 16       // stratum of a clock that is not synchronised
)

// ntpNoCode is what OpenNTPD has in place of a code until it is synchronised.
const ntpNoCode = "\x00\x00\x00\x00"

// ntpRefusals are the codes that turn a client away (section 7.4): the server
// does serve.
var ntpRefusals = map[string]bool{"RATE": true, "DENY": true, "RSTR": true}

// ntpAsk asks for the time. What it sends as its own is random, and comes back
// as the origin.
func ntpAsk(look.Target) (query []byte, judge func(answer []byte) error) {
	query = make([]byte, ntpLength)
	query[0] = ntpClient
	transmit := query[40:48]
	_, _ = rand.Read(transmit) // never fails
	return query, func(answer []byte) error {
		if len(answer) < ntpLength || answer[0]&7 != ntpServer || string(answer[24:32]) != string(transmit) {
			return wrong(answer)
		}
		leap, stratum, code := answer[0]>>6, answer[1], string(answer[12:16])
		switch {
		case stratum == ntpKissCodes && ntpRefusals[code]:
			return nil
		case stratum == ntpKissCodes && code != ntpNoCode:
			return unavailable(fmt.Appendf(nil, "kiss-o'-death %s", code))
		case leap == ntpUnsynced, stratum == ntpKissCodes, stratum >= ntpMaxOrigin:
			return unavailable(fmt.Appendf(nil, "not synchronised: leap indicator %d, stratum %d", leap, stratum))
		}
		return nil
	}
}
