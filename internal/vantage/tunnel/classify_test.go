package tunnel

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// seenOf is what a look shows of a refusal.
func seenOf(r refusal) string {
	var result look.Result
	r.fill(&result)
	return strings.TrimSpace(string(result.State) + " " + string(result.Reason) + " " + result.Detail)
}

func TestFromSSH(t *testing.T) {
	const forbidden = "unknown vantage-forbids the SSH server forbids it: see AllowTcpForwarding and PermitOpen"
	tests := []struct {
		reason  ssh.RejectionReason
		message string
		want    string
		again   bool
	}{
		{ssh.ConnectionFailed, "Connection refused", "closed conn-refused", false},
		{ssh.ConnectionFailed, "Connection reset by peer", "open syn-ack", false},
		{ssh.ConnectionFailed, "Connection timed out", "filtered no-response", false},
		{ssh.ConnectionFailed, "Operation timed out", "filtered no-response", false},
		{ssh.ConnectionFailed, "No route to host", "filtered host-unreach", false},
		{ssh.ConnectionFailed, "Host is unreachable", "filtered host-unreach", false},
		{ssh.ConnectionFailed, "Network is unreachable", "filtered net-unreach", false},
		{ssh.ConnectionFailed, "Network unreachable", "filtered net-unreach", false},
		{ssh.ConnectionFailed, "Permission denied", "filtered admin-prohibited", false},
		{ssh.ConnectionFailed, "Protocol not available", "filtered proto-unreach", false},
		{ssh.ConnectionFailed, "Name or service not known", "unknown no-such-host", false},
		{ssh.ConnectionFailed, "Name does not resolve", "unknown no-such-host", false},
		{ssh.ConnectionFailed, "Temporary failure in name resolution", "unknown resolver-timeout", false},
		{ssh.ConnectionFailed, "Try again", "unknown resolver-timeout", false},
		{ssh.ConnectionFailed, "Non-recoverable failure in name resolution", "unknown resolver-failure", false},
		{ssh.ConnectionFailed, "open failed", "unknown vantage-failed the SSH server could not connect: no route, descriptor or permission", true},
		{ssh.ConnectionFailed, "Connect failed", "closed|filtered not-told Connect failed", false}, // dropbear
		{ssh.ConnectionFailed, "", "closed|filtered not-told", false},
		{ssh.ConnectionFailed, "\x1b[2J", `closed|filtered not-told \x1b[2J`, false},
		{ssh.Prohibited, "open failed", forbidden, false},
		{ssh.Prohibited, "Connection refused", forbidden, false},
		{ssh.UnknownChannelType, "x", "unknown vantage-forbids the SSH server forwards no connections", false},
		{ssh.ResourceShortage, "x", "unknown vantage-failed the SSH server has run out of resources: x", true},
		{99, "x", "unknown vantage-failed the SSH server refused with reason 99: x", false},
	}
	for _, tt := range tests {
		r, again := fromSSH(&ssh.OpenChannelError{Reason: tt.reason, Message: tt.message})
		if got := seenOf(r); got != tt.want || again != tt.again {
			t.Errorf("%d %q is %q, again %t, want %q, %t", tt.reason, tt.message, got, again, tt.want, tt.again)
		}
	}
}

func TestFromSOCKS(t *testing.T) {
	want := map[byte]string{
		1: "unknown vantage-failed SOCKS reply 1: general failure",
		2: "unknown vantage-forbids SOCKS reply 2: not allowed by the proxy's rules",
		3: "filtered net-unreach", 4: "filtered host-unreach", 5: "closed conn-refused", 6: "filtered time-exceeded",
		7:   "unknown vantage-failed SOCKS reply 7: command not supported",
		8:   "unknown vantage-failed SOCKS reply 8: address type not supported",
		9:   "unknown vantage-failed SOCKS reply 9",
		255: "unknown vantage-failed SOCKS reply 255",
	}
	for reply, want := range want {
		if got := seenOf(fromSOCKS(reply)); got != want {
			t.Errorf("reply %d is %q, want %q", reply, got, want)
		}
	}
}

func TestFromHTTP(t *testing.T) {
	tests := []struct {
		status       int
		phrase, want string
	}{
		{502, "Bad Gateway", "closed|filtered not-told 502 Bad Gateway"},
		{503, "Service Unavailable", "closed|filtered not-told 503 Service Unavailable"},
		{504, "", "closed|filtered not-told 504"},
		{500, "Unable to connect", "closed|filtered not-told 500 Unable to connect"},
		{500, "Internal Server Error", "unknown vantage-failed 500 Internal Server Error"},
		{403, "Access violation", "unknown vantage-forbids 403 Access violation"},
		{405, "", "unknown vantage-forbids 405"},
		{407, "Proxy Authentication Required", "unknown vantage-failed 407 Proxy Authentication Required: see username and password"},
		{401, "", "unknown vantage-failed 401: see username and password"},
		{302, "Found", "unknown vantage-failed 302 Found"},
		{404, "Not Found", "unknown vantage-failed 404 Not Found"},
	}
	for _, tt := range tests {
		if got := seenOf(fromHTTP(tt.status, tt.phrase)); got != tt.want {
			t.Errorf("%d %s is %q, want %q", tt.status, tt.phrase, got, tt.want)
		}
	}
}

// TestFactsAreSound: what is unknown has the reason of a fault, and nothing else
// has one.
func TestFactsAreSound(t *testing.T) {
	facts := []fact{accepted, silent, notTold, forbids, failed, refused, hostGone, netGone}
	for words, f := range sshWords {
		if words != strings.ToLower(words) {
			t.Errorf("%q is never found: it is not in lower case", words)
		}
		facts = append(facts, f)
	}
	for reply := range 256 {
		facts = append(facts, fromSOCKS(byte(reply)).fact)
	}
	for status := range 600 {
		facts = append(facts, fromHTTP(status, "").fact)
	}
	for _, f := range facts {
		if (f.state == look.Unknown) != slices.Contains(look.Faults(), f.reason) {
			t.Errorf("%s with the reason %s", f.state, f.reason)
		}
	}
}

func TestRefusalOf(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{errSilent, "filtered no-response"},
		{context.DeadlineExceeded, "unknown vantage-failed no answer in time"},
		{os.ErrDeadlineExceeded, "unknown vantage-failed no answer in time"},
		{errors.New("x"), "unknown vantage-failed x"},
	}
	for _, tt := range tests {
		if got := seenOf(refusalOf(tt.err)); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.err, got, tt.want)
		}
	}
	if got := errSilent.Error(); got != "filtered (no-response)" {
		t.Errorf("a hop that is silent is %q", got)
	}
}
