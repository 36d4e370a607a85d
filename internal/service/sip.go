package service

import (
	"bytes"
	"crypto/rand"
	"io"
	"slices"
	"strconv"
	"strings"
)

// SIP servers are asked what they can do (RFC 3261 section 11), over TCP or TLS
// (section 18). The request goes no further than the server that is asked (Max-Forwards,
// section 16.3) and names no user.

// sipVersion begins the first line of an answer (section 7.2).
const sipVersion = "SIP/2.0 "

// sipUnavailable are the codes of a server that cannot serve (section 21): request
// timeout, server internal error, bad gateway, service unavailable and server time-out,
// 408 and 504 for what it asks itself. With any other, such as 401, 403 or 483, it minds
// the request.
var sipUnavailable = []int{408, 500, 502, 503, 504}

// sipTalk sends OPTIONS and reads up to the final answer.
func sipTalk(s *session) error {
	if err := s.send(sipOptions(s)); err != nil {
		return err
	}
	for {
		code, line, err := sipAnswer(s)
		switch {
		case err != nil:
			return err
		case code < 200: // more comes (section 7.2)
			continue
		}
		s.leave()
		if slices.Contains(sipUnavailable, code) {
			return unavailable(line)
		}
		return nil
	}
}

// sipOptions is a request with the header fields that it must have (section 8.1.1). The
// answer comes over the connection of the request, wherever Via says (section 18.2.2).
func sipOptions(s *session) string {
	transport := "TCP"
	if s.encrypted() {
		transport = "TLS"
	}
	server, id := "sip:"+s.target.Host.InURL(), rand.Text()
	return strings.Join([]string{
		"OPTIONS " + server + " SIP/2.0",
		"Via: SIP/2.0/" + transport + " portcheck.invalid;branch=z9hG4bK" + id + ";rport",
		"Max-Forwards: 0",
		"From: <sip:portcheck.invalid>;tag=" + id,
		"To: <" + server + ">",
		"Call-ID: " + id,
		"CSeq: 1 OPTIONS",
		"User-Agent: " + userAgent,
		"Content-Length: 0",
		"\r\n",
	}, "\r\n")
}

// sipAnswer reads an answer, and its body if another answer follows. Empty lines may
// come before it (section 7.5).
func sipAnswer(s *session) (code int, first []byte, err error) {
	for len(first) == 0 && err == nil {
		first, err = s.line()
	}
	begin := first[:min(len(first), len(sipVersion))]
	switch {
	case string(begin) != sipVersion[:len(begin)]: // however it ended
		return 0, nil, wrong(s.head())
	case err != nil:
		return 0, nil, err
	}
	digits, _, _ := strings.Cut(string(first[len(begin):]), " ")
	code, err = strconv.Atoi(digits)
	if err != nil || len(digits) != 3 || code < 100 {
		return 0, nil, wrong(s.head())
	}
	length := 0
	for line := first; len(line) > 0; {
		if line, err = s.line(); err != nil {
			return 0, nil, err
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); isSIPLength(string(bytes.TrimSpace(name))) {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	if code < 200 {
		_, err = io.CopyN(io.Discard, s.in, int64(length))
	}
	return code, first, err
}

// isSIPLength tells whether name is Content-Length, which has a short form (section
// 20.14).
func isSIPLength(name string) bool {
	return strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l")
}
