// Package service finds out whether a service speaks its protocol, over any
// connection: it opens none itself.
//
// A service is looked at as cheaply as its protocol allows: the least that
// makes a server speak, never credentials, and nothing that changes the server
// or that it takes for an attack. Each has a file of its own, NAME.go, which
// cites the protocol's document.
//
// One conversation, with https in mind:
//
//	Converse           has a connection that somebody else made
//	  newSession       bounds it: a deadline for all of it, maxAnswer bytes
//	  startTLS         where TLS comes first: a handshake, and what is wrong with
//	                   a certificate (certificateFault) or a parameter (tlsFault)
//	  httpTalk         the protocol's own part: nil, a fault, or the error of
//	                   the connection
//	  faultOf          classifies such an error by what had come until then
//	  hint             tells what speaks instead, where recognise is certain
//	  judge            fills the look.Result
//
// Some services can be asked in several ways, which the table services lists: a
// server that wants HTTP/1.1 says so over HTTP/2 (nextWay). Converse then
// reports next, and InWays has its caller connect anew and ask in the next way.
//
// Over UDP there is no connection to have a conversation over: [Datagram] gives
// what to send and what judges the answer.
//
// Every read is bounded in bytes by the tap under a session and in time by the
// connection's deadline. Connections that refuse deadlines get them from timed,
// so that nothing here outlives its look.
//
// What a server sent is foreign text: printable escapes and cuts it before it
// becomes part of a Result.
package service

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// way is one way to find out whether a service speaks.
type way struct {
	// tls tells that a TLS handshake comes first.
	tls bool
	// alpn are the protocols to offer in it (RFC 7301).
	alpn []string
	// talk has the conversation over TCP. It returns nil if the service
	// speaks, a fault, or the error of the connection.
	talk func(*session) error
	// ask is what to send over UDP, and judges an answer as talk does.
	ask func(t look.Target) (query []byte, judge func(answer []byte) error)
}

// services has an entry for each of endpoint.Infos that is a service: the ways
// to ask it, at least one. Each further way is for those whose answer to the one
// before is a nextWay, over a connection of its own.
var services = map[endpoint.Scheme][]way{
	endpoint.AJP:        {{talk: ajpTalk}},
	endpoint.AMQP:       {{talk: amqpTalk}},
	endpoint.AMQPS:      {{tls: true, talk: amqpTalk}},
	endpoint.Cassandra:  {{talk: cassandraTalk}},
	endpoint.Cassandras: {{tls: true, talk: cassandraTalk}},
	endpoint.DNS:        {{ask: dnsAsk(false)}, {ask: dnsAsk(true)}},
	endpoint.DNSTCP:     {{talk: dnsTalk(false)}, {talk: dnsTalk(true)}},
	endpoint.FTP:        {{talk: ftpTalk}},
	endpoint.FTPS:       {{tls: true, talk: ftpTalk}},
	endpoint.GRPC:       {{talk: grpcTalk}},
	endpoint.GRPCS:      {{tls: true, alpn: alpnGRPC, talk: grpcTalk}},
	endpoint.HTTP:       {{talk: httpTalk}},
	endpoint.HTTPS:      {{tls: true, alpn: alpnHTTP, talk: httpTalk}, {tls: true, alpn: []string{protocolHTTP1}, talk: httpTalk}},
	endpoint.IMAP:       {{talk: imapTalk}},
	endpoint.IMAPS:      {{tls: true, talk: imapTalk}},
	endpoint.Kafka:      {{talk: kafkaTalk}},
	endpoint.Kafkas:     {{tls: true, talk: kafkaTalk}},
	endpoint.LDAP:       {{talk: ldapTalk}},
	endpoint.LDAPS:      {{tls: true, talk: ldapTalk}},
	endpoint.Memcached:  {{talk: memcachedTalk}, {talk: memcachedBinary}},
	endpoint.Memcacheds: {{tls: true, talk: memcachedTalk}, {tls: true, talk: memcachedBinary}},
	endpoint.MongoDB:    {{talk: mongodbTalk}},
	endpoint.MongoDBS:   {{tls: true, talk: mongodbTalk}},
	endpoint.MQTT:       {{talk: mqttTalk}},
	endpoint.MQTTS:      {{tls: true, talk: mqttTalk}},
	endpoint.MSSQL:      {{talk: mssqlTalk}, {talk: mssqlStrict}},
	endpoint.MSSQLS:     {{tls: true, alpn: alpnTDS, talk: mssqlAnswers}},
	endpoint.MySQL:      {{talk: mysqlTalk}},
	endpoint.MySQLS:     {{talk: mysqlTLS}},
	endpoint.NATS:       {{talk: natsTalk(true)}, {talk: natsTalk(false)}},
	endpoint.NATSS:      {{talk: natsTLS(true)}, {talk: natsTLS(false)}},
	endpoint.NTP:        {{ask: ntpAsk}},
	endpoint.POP3:       {{talk: pop3Talk}},
	endpoint.POP3S:      {{tls: true, talk: pop3Talk}},
	endpoint.Postgres:   {{talk: postgresTalk}},
	endpoint.RDP:        {{talk: rdpTalk}},
	endpoint.Redis:      {{talk: redisTalk}},
	endpoint.Rediss:     {{tls: true, talk: redisTalk}},
	endpoint.Rsync:      {{talk: rsyncTalk}},
	endpoint.SIP:        {{talk: sipTalk}},
	endpoint.SIPS:       {{tls: true, talk: sipTalk}},
	endpoint.SMB:        {{talk: smbTalk}},
	endpoint.SMTP:       {{talk: smtpTalk}},
	endpoint.SMTPS:      {{tls: true, talk: smtpTalk}},
	endpoint.SOCKS5:     {{talk: socks5Talk}},
	endpoint.SSH:        {{talk: sshTalk}},
	endpoint.Submission: {{talk: submissionTalk}},
	endpoint.TLS:        {{tls: true, talk: tlsTalk}, {tls: true, alpn: alpnHTTP, talk: tlsOverALPN}},
	endpoint.VNC:        {{talk: vncTalk}},
	endpoint.WS:         {{talk: wsTalk}},
	endpoint.WSS:        {{tls: true, alpn: alpnWS, talk: wsTalk}},
	endpoint.XMPP:       {{talk: xmppTalk}},
	endpoint.XMPPS:      {{tls: true, alpn: alpnXMPP, talk: xmppTalk}},
	endpoint.ZooKeeper:  {{talk: zookeeperTalk}},
}

// nextWay ends a conversation whose answer showed that the service wants to be asked
// in the next of its ways.
type nextWay struct {
	// otherwise is how the conversation ends if the service cannot be asked again.
	otherwise error
}

func (nextWay) Error() string { return "to be asked in the next way" }

// errNothingNew ends a conversation that has nothing to add to the one before.
var errNothingNew = errors.New("nothing new")

// errTurnedAway ends a conversation with a service that speaks, but does not want
// this client.
var errTurnedAway = errors.New("turned away")

// Converse finds out whether the service behind conn, which it closes, speaks,
// and puts that into r until deadline, or for as long again as that is after r.Start
// where it says that more comes. way counts the ways to ask from 0. When
// next is true the service wants to be asked in the next way, over a new
// connection; r holds only if there is none, see [InWays]. r has no state if the
// connection has nothing to add to the one before.
func Converse(ctx context.Context, conn net.Conn, t look.Target, way int, deadline time.Time, r *look.Result) (next bool) {
	s := newSession(conn, t, deadline)
	s.patience = deadline.Add(deadline.Sub(r.Start))
	defer s.close()
	defer s.closeWith(ctx)()
	how := wayOf(t.Scheme, way)
	var err error
	if how.tls {
		err = s.startTLS(how.alpn)
	}
	if err == nil {
		err = how.talk(s)
	}
	if ctx.Err() != nil {
		r.Set(look.Unknown, look.Cancelled)
		return false
	}
	if s.mindsCertificate(err) {
		err = s.clientVerdict("alert: " + alertText(err))
	}
	if errors.Is(err, errNothingNew) {
		r.Set("", "")
		return false
	}
	judge(r, s.withoutSecrets(s.hint(faultOf(err, s.head()))))
	return s.wantsNext(way, err, r.Reason)
}

// InWays fills r by one connection after the other, which once makes: it asks in the
// way with this number, and tells whether the service wants the next one. A server may
// take one connection at a time, or a firewall so many a second. So if a further
// connection cannot be made, or adds nothing, that says nothing of the port, and what came
// over the one before holds.
func InWays(r *look.Result, once func(way int) (next bool)) {
	for way, next := 0, true; next; way++ {
		before := *r
		r.Set(look.Unknown, look.Cancelled)
		r.Detail, r.Speaks = "", ""
		if next = once(way); way > 0 && addsNothing(*r, before) {
			*r = before
		}
	}
}

// addsNothing tells whether r is not about the service. A fault of our own leaves what
// was seen before in force only if that is well: another look may find out more.
func addsNothing(r, before look.Result) bool {
	switch r.State {
	case look.Open, look.Unresponsive:
		return false
	case look.Unknown:
		return r.Reason != look.Cancelled && before.State == look.Open
	case look.Closed, look.Filtered, look.OpenFiltered, look.ClosedFiltered, look.Unfiltered:
	}
	return true
}

// wayOf is a way to ask a service. After its own ways comes another look at TLS: at what
// it takes, or whether it should come first.
func wayOf(scheme endpoint.Scheme, number int) way {
	switch ways := services[scheme]; {
	case number < len(ways):
		return ways[number]
	case ways[0].tls:
		return wider
	}
	return instead
}

var wider, instead = way{talk: widerTalk}, way{talk: tlsInstead}

// wantsNext tells whether a service wants the way after this one, and there is one. err
// ended the conversation, and was judged to be reason.
func (s *session) wantsNext(way int, err error, reason look.Reason) bool {
	ways := services[s.target.Scheme]
	_, wanted := errors.AsType[nextWay](err)
	isLast := way+1 == len(ways)
	switch {
	case way >= len(ways):
		return false
	case ways[0].tls:
		return wanted && !isLast || reason == look.TLSHandshake
	case !isLast:
		return wanted
	}
	return beginsWithTLS(s.target.Scheme+"s") && (wanted || reason == look.ClosedEarly && s.unanswered())
}

// Datagram is what to send to t, and what puts the answer of a service into a
// result. way and next are as Converse has them.
func Datagram(t look.Target, way int) (payload []byte, answered func(answer []byte, r *look.Result) (next bool)) {
	if !t.Scheme.Service() {
		return udpPayload(t.Addr.Port()), func([]byte, *look.Result) bool { return false }
	}
	payload, judges := services[t.Scheme][way].ask(t)
	return payload, func(answer []byte, r *look.Result) bool {
		err := judges(answer)
		judge(r, faultOf(err, nil))
		_, wanted := errors.AsType[nextWay](err)
		return wanted && way+1 < len(services[t.Scheme])
	}
}

// hint decides whether to tell the user which service answered instead. Inside TLS
// the first bytes prove nothing. If the other service is certain, it is also why
// the conversation ended.
func (s *session) hint(f *fault) *fault {
	switch {
	case f == nil || f.speaks == "":
	case f.speaks == s.target.Scheme || s.encrypted(),
		f.speaks == endpoint.SMTP && s.target.Scheme == endpoint.Submission: // which greets alike
		f.speaks = ""
	case f.reason == look.ClosedEarly || f.reason == look.Incomplete:
		f.reason = look.WrongProtocol
	}
	if f != nil && f.speaks == endpoint.TLS {
		if over := s.target.Scheme + "s"; beginsWithTLS(over) { // https for http
			f.speaks = over
		}
	}
	return f
}

// beginsWithTLS tells whether a TLS handshake comes first in scheme.
func beginsWithTLS(scheme endpoint.Scheme) bool {
	ways := services[scheme]
	return len(ways) > 0 && ways[0].tls
}
