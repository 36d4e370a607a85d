package endpoint

import "slices"

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
	AJP        Scheme = "ajp"
	AMQP       Scheme = "amqp"
	AMQPS      Scheme = "amqps"
	Cassandra  Scheme = "cassandra"
	Cassandras Scheme = "cassandras"
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
	Kafkas     Scheme = "kafkas"
	LDAP       Scheme = "ldap"
	LDAPS      Scheme = "ldaps"
	Memcached  Scheme = "memcached"
	Memcacheds Scheme = "memcacheds"
	MongoDB    Scheme = "mongodb"
	MongoDBS   Scheme = "mongodbs"
	MQTT       Scheme = "mqtt"
	MQTTS      Scheme = "mqtts"
	MSSQL      Scheme = "mssql"
	MSSQLS     Scheme = "mssqls"
	MySQL      Scheme = "mysql"
	MySQLS     Scheme = "mysqls"
	NATS       Scheme = "nats"
	NATSS      Scheme = "natss"
	NTP        Scheme = "ntp"
	POP3       Scheme = "pop3"
	POP3S      Scheme = "pop3s"
	Postgres   Scheme = "postgres"
	RDP        Scheme = "rdp"
	Redis      Scheme = "redis"
	Rediss     Scheme = "rediss"
	Rsync      Scheme = "rsync"
	SIP        Scheme = "sip"
	SIPS       Scheme = "sips"
	SMB        Scheme = "smb"
	SMTP       Scheme = "smtp"
	SMTPS      Scheme = "smtps"
	SOCKS5     Scheme = "socks5"
	SSH        Scheme = "ssh"
	Submission Scheme = "submission"
	TLS        Scheme = "tls"
	VNC        Scheme = "vnc"
	WS         Scheme = "ws"
	WSS        Scheme = "wss"
	XMPP       Scheme = "xmpp"
	XMPPS      Scheme = "xmpps"
	ZooKeeper  Scheme = "zookeeper"
)

// SchemeInfo describes a scheme.
type SchemeInfo struct {
	Scheme    Scheme
	Transport Scheme // TCP or UDP
	// Certificate tells that the service has a certificate, or may have one,
	// which is verified.
	Certificate bool
	// OptionalTLS tells that the service begins without TLS, and goes over to it if
	// the client wants to.
	OptionalTLS bool
	Port        uint16 // where it usually is; 0 if nowhere
	Sends       string // the least that makes a server speak
	Speaks      string // what counts as speaking
}

// Infos describes each scheme, the default first.
func Infos() []SchemeInfo { return slices.Clone(schemeTable) }

// Schemes returns the known schemes, the default first.
func Schemes() []Scheme {
	schemes := make([]Scheme, len(schemeTable))
	for i, info := range schemeTable {
		schemes[i] = info.Scheme
	}
	return schemes
}

var infos = func() map[Scheme]SchemeInfo {
	m := make(map[Scheme]SchemeInfo, len(schemeTable))
	for _, info := range schemeTable {
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

// Port is where services of s usually are, 0 if nowhere.
func (s Scheme) Port() uint16 { return infos[s].Port }

// OptionalTLS tells whether a service begins without TLS, and goes over to it if the
// client wants to.
func (s Scheme) OptionalTLS() bool { return infos[s].OptionalTLS }

// HasCertificate tells whether a service's certificate may be verified.
func (s Scheme) HasCertificate() bool { return infos[s].Certificate }
