package endpoint

import (
	"fmt"
	"slices"
	"strings"
)

// Scheme says what must answer on a port.
type Scheme string

// The schemes of ports, whatever speaks behind them.
const (
	// TCP is a port that accepts a connection.
	TCP Scheme = "tcp"
	// UDP is a port that answers a datagram.
	UDP Scheme = "udp"
)

// The schemes of services, which must speak their protocol.
const (
	AMQP       Scheme = "amqp"
	AMQPS      Scheme = "amqps"
	DNS        Scheme = "dns"
	DNSTCP     Scheme = "dns-tcp"
	FTP        Scheme = "ftp"
	FTPS       Scheme = "ftps"
	GRPC       Scheme = "grpc"
	GRPCS      Scheme = "grpcs"
	HTTP       Scheme = "http"
	HTTPS      Scheme = "https"
	IMAP       Scheme = "imap"
	IMAPS      Scheme = "imaps"
	Kafka      Scheme = "kafka"
	LDAP       Scheme = "ldap"
	LDAPS      Scheme = "ldaps"
	Memcached  Scheme = "memcached"
	MongoDB    Scheme = "mongodb"
	MQTT       Scheme = "mqtt"
	MQTTS      Scheme = "mqtts"
	MSSQL      Scheme = "mssql"
	MySQL      Scheme = "mysql"
	NATS       Scheme = "nats"
	NTP        Scheme = "ntp"
	POP3       Scheme = "pop3"
	POP3S      Scheme = "pop3s"
	Postgres   Scheme = "postgres"
	RDP        Scheme = "rdp"
	Redis      Scheme = "redis"
	Rediss     Scheme = "rediss"
	SMTP       Scheme = "smtp"
	SMTPS      Scheme = "smtps"
	SSH        Scheme = "ssh"
	Submission Scheme = "submission"
	TLS        Scheme = "tls"
)

// SchemeInfo describes a scheme.
type SchemeInfo struct {
	Scheme    Scheme
	Transport Scheme // TCP or UDP
	// Certificate tells that the service has a certificate, or may have one,
	// which is verified.
	Certificate bool
	Port        uint16 // where it usually is; 0 if nowhere
	Sends       string // the least that makes a server speak
	Speaks      string // what counts as speaking
}

const nothing = "nothing"

// Infos is the one list of the schemes, the default first: grammar,
// documentation and tests go by it.
var Infos = []SchemeInfo{
	{TCP, TCP, false, 0, "a connection is opened and closed", "the connection is accepted"},
	{UDP, UDP, false, 0, "a datagram of the port's usual protocol, or an empty datagram", "any answer"},
	{TLS, TCP, true, 443, "a TLS handshake", "a completed handshake"},
	{HTTP, TCP, false, 80, "`GET /`", "any status below 500"},
	{HTTPS, TCP, true, 443, "a TLS handshake, then `GET /`, over HTTP/2 where the server offers it", "any status below 500"},
	{GRPC, TCP, false, 50051, "`grpc.health.v1.Health/Check` for the whole server", "the status `SERVING`; any error except those that mean a failed server: `UNKNOWN`, `INTERNAL`, `UNAVAILABLE`, `DEADLINE_EXCEEDED`, `RESOURCE_EXHAUSTED` and `DATA_LOSS`; a proxy's 401 or 403"},
	{GRPCS, TCP, true, 443, "as `grpc`, over TLS", "as `grpc`"},
	{SSH, TCP, false, 22, "an identification, then a disconnect", "an identification, `SSH-2.0-…`"},
	{SMTP, TCP, false, 25, "`QUIT`, after the greeting", "a greeting with 220"},
	{SMTPS, TCP, true, 465, "as `smtp`, over TLS", "as `smtp`"},
	{Submission, TCP, true, 587, "`EHLO`, `STARTTLS` and a TLS handshake", "a greeting with 220, `STARTTLS` offered, and a completed handshake"},
	{IMAP, TCP, false, 143, "`LOGOUT`, after the greeting", "a greeting with `OK` or `PREAUTH`"},
	{IMAPS, TCP, true, 993, "as `imap`, over TLS", "as `imap`"},
	{POP3, TCP, false, 110, "`QUIT`, after the greeting", "a greeting with `+OK`"},
	{POP3S, TCP, true, 995, "as `pop3`, over TLS", "as `pop3`"},
	{FTP, TCP, false, 21, "`QUIT`, after the greeting", "a greeting with 220"},
	{FTPS, TCP, true, 990, "as `ftp`, over TLS", "as `ftp`"},
	{LDAP, TCP, false, 389, "a search for the root DSE without a bind, then an unbind", "any LDAP answer to the search except `busy` and `unavailable`"},
	{LDAPS, TCP, true, 636, "as `ldap`, over TLS", "as `ldap`"},
	{Postgres, TCP, true, 5432, "an `SSLRequest`, and a TLS handshake if the server offers TLS", "any answer except an error that says the server cannot serve; if the server offers TLS, a completed handshake too; a server that is still starting up passes"},
	{MySQL, TCP, false, 3306, nothing, "the greeting of MySQL or MariaDB, or an error that only rejects this machine"},
	{Redis, TCP, false, 6379, "`PING`", "`PONG`, or any error, such as `NOAUTH`, except `LOADING` and `MASTERDOWN`"},
	{Rediss, TCP, true, 6379, "as `redis`, over TLS", "as `redis`"},
	{Memcached, TCP, false, 11211, "`version`; if there is no answer, `version` in the binary protocol", "`VERSION`, or any memcached error except too many connections"},
	{MongoDB, TCP, false, 27017, "`hello`", "an answer to `hello`"},
	{MSSQL, TCP, false, 1433, "a `PRELOGIN`", "an answer to `PRELOGIN`"},
	{AMQP, TCP, false, 5672, "the AMQP 0-9-1 header", "`Connection.Start`, or the header of another AMQP version"},
	{AMQPS, TCP, true, 5671, "as `amqp`, over TLS", "as `amqp`"},
	{MQTT, TCP, false, 1883, "`CONNECT` with a client identifier and without a user name, then `DISCONNECT`", "`CONNACK`, even with a refusal, unless the refusal says that the server is unavailable"},
	{MQTTS, TCP, true, 8883, "as `mqtt`, over TLS", "as `mqtt`"},
	{Kafka, TCP, false, 9092, "`ApiVersions`", "an answer to `ApiVersions`"},
	{NATS, TCP, false, 4222, nothing, "the `INFO` line"},
	{RDP, TCP, false, 3389, "an X.224 connection request", "a connection confirm, even if it refuses the requested security"},
	{DNS, UDP, false, 53, "a query for the root name servers, without recursion; if the answer is `SERVFAIL`, the same query with recursion", "any answer except `SERVFAIL`"},
	{DNSTCP, TCP, false, 53, "as `dns`, over TCP", "as `dns`"},
	{NTP, UDP, false, 123, "a client request", "an answer from a synchronised clock"},
}

// Schemes lists the known schemes, the default first.
var Schemes = func() []Scheme {
	schemes := make([]Scheme, len(Infos))
	for i, info := range Infos {
		schemes[i] = info.Scheme
	}
	return schemes
}()

var infos = func() map[Scheme]SchemeInfo {
	m := make(map[Scheme]SchemeInfo, len(Infos))
	for _, info := range Infos {
		m[info.Scheme] = info
	}
	return m
}()

// Transport is the scheme of the port below s: TCP or UDP.
func (s Scheme) Transport() Scheme {
	if s == TCP || s == UDP { // a million times
		return s
	}
	return infos[s].Transport
}

// Service tells whether something must speak its protocol on the port.
func (s Scheme) Service() bool { return s != TCP && s != UDP }

// HasCertificate tells whether a service's certificate may be verified.
func (s Scheme) HasCertificate() bool { return infos[s].Certificate }

func parseScheme(s string) (Scheme, error) {
	if _, ok := infos[Scheme(s)]; ok {
		return Scheme(s), nil
	}
	known := make([]string, len(Schemes))
	for i, k := range Schemes {
		known[i] = string(k)
	}
	slices.Sort(known)
	return "", fmt.Errorf("not a known scheme: %q, known: %s", s, strings.Join(known, ", "))
}
