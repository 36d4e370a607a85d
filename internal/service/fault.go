package service

import (
	"errors"
	"io"
	"strconv"
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// fault is how a service failed.
type fault struct {
	reason look.Reason
	detail string          // see [Result]
	speaks endpoint.Scheme // see [Result]
}

func (f fault) Error() string { return string(f.reason) + ": " + f.detail }

// wrong is the fault of a server that sent got, which is not of the protocol.
func wrong(got []byte) error {
	if len(got) > 0 && beginsHTTP2(got) {
		return fault{reason: look.WrongProtocol, detail: h2c}
	}
	return fault{look.WrongProtocol, printable(got), recognise(got)}
}

// h2c says what a server speaks that begins with a frame of HTTP/2.
const h2c = "speaks h2c: HTTP/2 without TLS, as gRPC does"

// unavailable is the fault of a service that says itself that it cannot serve.
func unavailable(said []byte) error { return fault{reason: look.Unavailable, detail: printable(said)} }

// judge fills r with how a service behaved: f, or well if that is nil.
func judge(r *look.Result, f *fault) {
	if f == nil {
		r.Set(look.Open, look.ServiceResponse)
		return
	}
	state := look.Unresponsive
	if f.reason == look.HostBlocked {
		state = look.Open
	}
	r.Set(state, f.reason)
	r.Detail, r.Speaks = f.detail, f.speaks
}

// faultOf classifies the error that ended a conversation; head is what the server
// had sent by then. It is nil if the service speaks.
func faultOf(err error, head []byte) *fault {
	if err == nil || errors.Is(err, errTurnedAway) {
		return nil
	}
	if f, ok := errors.AsType[fault](err); ok {
		return &f
	}
	if asked, ok := errors.AsType[nextWay](err); ok {
		return faultOf(asked.otherwise, head)
	}
	f := &fault{look.ClosedEarly, printable(head), recognise(head)}
	switch {
	case errors.Is(err, errTooLong):
		f.reason = look.WrongProtocol
		if len(head) == 0 { // it went through other hands
			f.detail = errTooLong.Error()
		}
	case IsTimeout(err) && len(head) == 0:
		f.reason = look.NoGreeting
	case IsTimeout(err):
		f.reason = look.Incomplete
	}
	return f
}

// isEnd tells whether err says that the other side has ended the connection.
func isEnd(err error) bool {
	_, reset := errors.AsType[syscall.Errno](err) // in whatever way the system calls it
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || reset
}

// maxDetail is how many characters of what came are shown.
const maxDetail = 80

// printable escapes what came from the network and cuts it: nothing of it may
// reach a terminal as it is.
func printable(got []byte) string {
	got = got[:min(len(got), maxDetail+1)]
	text := strconv.QuoteToASCII(string(got))
	text = text[1 : len(text)-1]
	if len(text) <= maxDetail {
		return text
	}
	return text[:maxDetail-3] + "..."
}
