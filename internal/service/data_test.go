package service_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// cannedTimeout is far above what an answer over loopback takes.
const cannedTimeout = 10 * time.Second

// canned is a server that says one thing, at once or to the first bytes that
// come, and then only listens.
type canned struct {
	answer   string
	greets   bool
	bytewise bool
}

// start serves one connection. What the client sent in all of it is to be had
// from sent when the client has gone.
func (c canned) start(t *testing.T) (addr netip.AddrPort, sent <-chan []byte) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan []byte, 1)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		defer close(all)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		all <- c.serve(conn)
	}()
	return netip.MustParseAddrPort(listener.Addr().String()), all
}

// serve returns what the client sent until it went.
func (c canned) serve(conn net.Conn) []byte {
	first := make([]byte, 4096)
	n := 0
	if !c.greets {
		n, _ = conn.Read(first)
	}
	piece := len(c.answer)
	if c.bytewise {
		piece = 1
	}
	for answer := c.answer; answer != ""; answer = answer[piece:] {
		if _, err := io.WriteString(conn, answer[:piece]); err != nil {
			break
		}
	}
	rest, _ := io.ReadAll(conn)
	return append(first[:n], rest...)
}

// mysqlGreeting is a greeting of protocol 10 as the vendor's page has it.
func mysqlGreeting(version, plugin string) string {
	return mysqlPacket("\x0a" + version + "\x00" + "\x0b\x00\x00\x00" + "12345678\x00" + "\xff\xff\xff\x02\x00\xff\xdf\x15" +
		strings.Repeat("\x00", 10) + "123456789012\x00" + plugin + "\x00")
}

func mysqlError(code uint16, text string) string {
	return mysqlPacket("\xff" + string(binary.LittleEndian.AppendUint16(nil, code)) + text)
}

func mysqlPacket(payload string) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))) + payload
}

func postgresErrorResponse(code, message string) string {
	fields := "SFATAL\x00VFATAL\x00C" + code + "\x00M" + message + "\x00Fpostmaster.c\x00\x00"
	return "E" + string(binary.BigEndian.AppendUint32(nil, uint32(4+len(fields)))) + fields
}

// mongodbAnswer is an OP_MSG with one document that answers hello.
func mongodbAnswer(elements string) string {
	document := string(binary.LittleEndian.AppendUint32(nil, uint32(4+len(elements)+1))) + elements + "\x00"
	rest := "abcdport" + "\xdd\x07\x00\x00" + "\x00\x00\x00\x00" + "\x00" + document
	return string(binary.LittleEndian.AppendUint32(nil, uint32(4+len(rest)))) + rest
}

func kafkaAnswer(number, rest string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(number+rest)))) + number + rest
}

func cassandraFrame(version, opcode, body string) string {
	return version + "\x00pc" + opcode + string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + body
}

func amqpFrame(method string) string {
	return "\x01\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(method)))) + method + "\xce"
}

// smbAnswer is a packet that answers NEGOTIATE with a status, without the rest of it.
func smbAnswer(status string) string {
	return "\x00\x00\x00\x48" + "\xfeSMB\x40\x00\x00\x00" + status + "\x00\x00\x01\x00" + "\x01\x00\x00\x00" + strings.Repeat("\x00", 44) + "\x09\x00" + strings.Repeat("\x00", 6)
}

const (
	mongodbOK       = "\x01ok\x00\x00\x00\x00\x00\x00\x00\xf0\x3f"
	mongodbNotOK    = "\x01ok\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	mongodbNoHello  = mongodbNotOK + "\x10code\x00\x3b\x00\x00\x00" + "\x02codeName\x00\x10\x00\x00\x00CommandNotFound\x00"
	mongodbSet      = "\x02setName\x00\x03\x00\x00\x00rs\x00"
	mongodbGoesDown = mongodbNotOK + "\x10code\x00\x5b\x00\x00\x00" + "\x02codeName\x00\x13\x00\x00\x00ShutdownInProgress\x00"
	// mssqlAnswer is the example in section 4.2 of [MS-TDS], of a server without
	// instance and threads.
	mssqlAnswer = "\x04\x01\x00\x1a\x00\x00\x01\x00" + "\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff" + "\x10\x00\x03\xe8\x00\x00" + "\x02"
	ldapRoot    = "\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00"
	ldapSuccess = "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
	// ldapLong is how Active Directory encodes lengths.
	ldapLong = "\x30\x84\x00\x00\x00\x13\x02\x01\x01\x64\x84\x00\x00\x00\x0a\x04\x00\x30\x84\x00\x00\x00\x02\x04\x00" +
		"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x65\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"
	ldapBye = "\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x34\x04\x00\x04\x00\x8a\x16" + "1.3.6.1.4.1.1466.20036"
	tlsNo   = "\x15\x03\x01\x00\x02\x02\x46"
	// xmppHeader begins a stream.
	xmppHeader = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'>"
	httpBad    = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
)

var cannedTests = []struct {
	name   string
	scheme endpoint.Scheme
	server canned
	want   string // state, reason and detail
	speaks endpoint.Scheme
}{
	{"no TLS", endpoint.Postgres, canned{answer: "N"}, "open service-response ", ""},
	{"too many", endpoint.Postgres, canned{answer: postgresErrorResponse("53300", "sorry, too many clients already")}, "unresponsive unavailable 53300: sorry, too many clients already", ""},
	{"starting", endpoint.Postgres, canned{answer: postgresErrorResponse("57P03", "the database system is starting up")}, "unresponsive unavailable 57P03: the database system is starting up", ""},
	{"too old for TLS", endpoint.Postgres, canned{answer: postgresErrorResponse("0A000", "unsupported frontend protocol 1234.5679")}, "open service-response ", ""},
	{"cannot fork", endpoint.Postgres, canned{answer: "Ecould not fork new process for connection: Resource temporarily unavailable\n\x00"}, "unresponsive unavailable could not fork new process for connection: Resource temporarily unavailable", ""},
	{"an error of another", endpoint.Postgres, canned{answer: "ERROR\r\nERROR\r\n"}, `unresponsive wrong-protocol ERROR\r\nERROR\r\n`, ""},
	{"an error without a code", endpoint.Postgres, canned{answer: "E\x00\x00\x00\x0aMfoo\x00\x00"}, `unresponsive wrong-protocol E\x00\x00\x00\nMfoo\x00\x00`, ""},
	{"no room", endpoint.Postgres, canned{answer: "E\x00\x00\x00\x00"}, `unresponsive wrong-protocol E\x00\x00\x00\x00`, ""},
	{"N of another", endpoint.Postgres, canned{answer: "NO CARRIER\r\n"}, `unresponsive wrong-protocol NO CARRIER\r\n`, ""},
	{"SSH", endpoint.Postgres, canned{answer: "SSH-2.0-OpenSSH_9.2\r\n", greets: true}, `unresponsive wrong-protocol SSH-2.0-OpenSSH_9.2\r\n`, endpoint.SSH},
	{"TLS", endpoint.Postgres, canned{answer: tlsNo}, `unresponsive wrong-protocol \x15\x03\x01\x00\x02\x02F`, endpoint.TLS},

	{"8.0", endpoint.MySQL, canned{answer: mysqlGreeting("8.0.36", "caching_sha2_password"), greets: true}, "open service-response ", ""},
	{"MariaDB 11", endpoint.MySQL, canned{answer: mysqlGreeting("5.5.5-11.4.2-MariaDB", "mysql_native_password"), greets: true}, "open service-response ", ""},
	{"protocol 9", endpoint.MySQL, canned{answer: mysqlPacket("\x093.21.33\x00\x0b\x00\x00\x0012345678\x00"), greets: true}, "open service-response ", ""},
	{"not this host", endpoint.MySQL, canned{answer: mysqlError(1130, "Host '192.0.2.1' is not allowed to connect to this MySQL server"), greets: true}, "open service-response ", ""},
	{"blocked host", endpoint.MySQL, canned{answer: mysqlError(1129, "#HY000Host '192.0.2.1' is blocked because of many connection errors"), greets: true}, "open host-blocked #HY000Host '192.0.2.1' is blocked because of many connection errors", ""},
	{"too many", endpoint.MySQL, canned{answer: mysqlError(1040, "Too many connections"), greets: true}, "unresponsive unavailable Too many connections", ""},
	{"shutdown", endpoint.MySQL, canned{answer: mysqlError(1053, "#08S01Server shutdown in progress"), greets: true}, "unresponsive unavailable #08S01Server shutdown in progress", ""},
	{"no TLS", endpoint.MySQLS, canned{answer: mysqlPacket("\x0a8.0\x00\x0b\x00\x00\x0012345678\x00\xff\xf7"), greets: true}, `unresponsive no-starttls \x14\x00\x00\x00\n8.0\x00\v\x00\x00\x0012345678\x00\xff\xf7`, ""},
	{"more than a greeting", endpoint.MySQLS, canned{answer: mysqlPacket("\x0a8.0\x00\x0b\x00\x00\x0012345678\x00\xff\xff") + "extra", greets: true}, `unresponsive wrong-protocol \x14\x00\x00\x00\n8.0\x00\v\x00\x00\x0012345678\x00\xff\xffextra`, ""},
	{"too many", endpoint.MySQLS, canned{answer: mysqlError(1040, "Too many connections"), greets: true}, "unresponsive unavailable Too many connections", ""},
	{"not this host", endpoint.MySQLS, canned{answer: mysqlError(1130, "Host '192.0.2.1' is not allowed to connect to this MySQL server"), greets: true}, "open service-response ", ""},
	{"no version", endpoint.MySQL, canned{answer: mysqlPacket("\x0a\x00" + strings.Repeat("x", 20)), greets: true}, `unresponsive wrong-protocol \x16\x00\x00\x00\n\x00xxxxxxxxxxxxxxxxxxxx`, ""},
	{"nothing in it", endpoint.MySQL, canned{answer: "\x00\x00\x00\x00", greets: true}, `unresponsive wrong-protocol \x00\x00\x00\x00`, ""},
	{"SSH", endpoint.MySQL, canned{answer: "SSH-2.0-OpenSSH_9.2\r\n", greets: true}, `unresponsive wrong-protocol SSH-2.0-OpenSSH_9.2\r\n`, endpoint.SSH},

	{"hello", endpoint.MongoDB, canned{answer: mongodbAnswer("\x08isWritablePrimary\x00\x01" + mongodbOK)}, "open service-response ", ""},
	{"no such command", endpoint.MongoDB, canned{answer: mongodbAnswer(mongodbNoHello)}, "open service-response ", ""},
	{"shutdown", endpoint.MongoDB, canned{answer: mongodbAnswer(mongodbGoesDown)}, "unresponsive unavailable ShutdownInProgress", ""},
	{"secondary", endpoint.MongoDB, canned{answer: mongodbAnswer(mongodbSet + "\x08secondary\x00\x01" + mongodbOK)}, "open service-response ", ""},
	{"arbiter", endpoint.MongoDB, canned{answer: mongodbAnswer(mongodbSet + "\x08secondary\x00\x00" + "\x08arbiterOnly\x00\x01" + mongodbOK)}, "open service-response ", ""},
	{"recovering", endpoint.MongoDB, canned{answer: mongodbAnswer(mongodbSet + "\x08isWritablePrimary\x00\x00" + "\x08secondary\x00\x00" + mongodbOK)}, "unresponsive unavailable neither primary nor secondary of rs", ""},
	{"not initiated", endpoint.MongoDB, canned{answer: mongodbAnswer("\x08isreplicaset\x00\x01" + "\x02info\x00\x03\x00\x00\x00no\x00" + mongodbOK)}, "unresponsive unavailable replica set without a configuration: no", ""},
	{"no document", endpoint.MongoDB, canned{answer: "\x10\x00\x00\x00abcdport\xdd\x07\x00\x00"}, `unresponsive wrong-protocol \x10\x00\x00\x00abcdport\xdd\a\x00\x00`, ""},
	{"less than nothing", endpoint.MongoDB, canned{answer: "\x00\x00\x00\x80abcdport\xdd\x07\x00\x00"}, `unresponsive wrong-protocol \x00\x00\x00\x80abcdport\xdd\a\x00\x00`, ""},
	{"HTTP", endpoint.MongoDB, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"prelogin", endpoint.MSSQL, canned{answer: mssqlAnswer}, "open service-response ", ""},
	{"error", endpoint.MSSQL, canned{answer: "\x04\x01\x00\x0b\x00\x00\x01\x00\xaaNO"}, `unresponsive unavailable \xaaNO`, ""},
	{"no version", endpoint.MSSQL, canned{answer: "\x04\x01\x00\x09\x00\x00\x01\x00\xff"}, `unresponsive wrong-protocol \x04\x01\x00\t\x00\x00\x01\x00\xff`, ""},
	{"HTTP", endpoint.MSSQL, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"versions", endpoint.Kafka, canned{answer: kafkaAnswer("port", "\x00\x00\x00\x00\x00\x01\x00\x12\x00\x00\x00\x04")}, "open service-response ", ""},
	{"version not supported", endpoint.Kafka, canned{answer: kafkaAnswer("port", "\x00\x23\x00\x00\x00\x00")}, "open service-response ", ""},
	{"storage", endpoint.Kafka, canned{answer: kafkaAnswer("port", "\x00\x38\x00\x00\x00\x00")}, "unresponsive unavailable KAFKA_STORAGE_ERROR", ""},
	{"another's", endpoint.Kafka, canned{answer: kafkaAnswer("trop", "\x00\x00\x00\x00\x00\x00")}, `unresponsive wrong-protocol \x00\x00\x00\ntrop\x00\x00\x00\x00\x00\x00`, ""},
	{"more than there is", endpoint.Kafka, canned{answer: kafkaAnswer("port", "\x00\x00\xff\xff\xff\xff")}, `unresponsive wrong-protocol \x00\x00\x00\nport\x00\x00\xff\xff\xff\xff`, ""},
	{"TLS", endpoint.Kafka, canned{answer: tlsNo}, `unresponsive wrong-protocol \x15\x03\x01\x00\x02\x02F`, endpoint.Kafkas},

	{"root DSE", endpoint.LDAP, canned{answer: ldapRoot + ldapSuccess}, "open service-response ", ""},
	{"long lengths", endpoint.LDAP, canned{answer: ldapLong}, "open service-response ", ""},
	{"no such object", endpoint.LDAP, canned{answer: "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x20\x04\x00\x04\x00"}, "open service-response ", ""},
	{"busy", endpoint.LDAP, canned{answer: "\x30\x0f\x02\x01\x01\x65\x0a\x0a\x01\x33\x04\x00\x04\x03war"}, "unresponsive unavailable busy: war", ""},
	{"unavailable", endpoint.LDAP, canned{answer: "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x34\x04\x00\x04\x00"}, "unresponsive unavailable unavailable", ""},
	{"internal error", endpoint.LDAP, canned{answer: "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x50\x04\x00\x04\x00"}, "unresponsive unavailable other", ""},
	{"disconnects", endpoint.LDAP, canned{answer: ldapBye}, "unresponsive unavailable unavailable", ""},
	{"another's", endpoint.LDAP, canned{answer: "\x30\x0c\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x00"}, `unresponsive wrong-protocol 0\f\x02\x01\ae\a\n\x01\x00\x04\x00\x04\x00`, ""},
	{"lengths that lie", endpoint.LDAP, canned{answer: "\x30\x05\x02\x01\x01\x65\x07"}, `unresponsive wrong-protocol 0\x05\x02\x01\x01e\a`, ""},
	{"no length", endpoint.LDAP, canned{answer: "\x30\x80\x02\x01\x01"}, `unresponsive wrong-protocol 0\x80\x02\x01\x01`, ""},
	{"huge length", endpoint.LDAP, canned{answer: "\x30\x84\xff\xff\xff\xff"}, `unresponsive wrong-protocol 0\x84\xff\xff\xff\xff`, ""},
	{"HTTP", endpoint.LDAP, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"1.0", endpoint.AMQP, canned{answer: "AMQP\x00\x01\x00\x00"}, "open service-response ", ""},
	{"1.0 with SASL", endpoint.AMQP, canned{answer: "AMQP\x03\x01\x00\x00"}, "open service-response ", ""},
	{"start", endpoint.AMQP, canned{answer: amqpFrame("\x00\x0a\x00\x0a\x00\x09\x00\x00\x00\x00\x00\x00\x00\x05PLAIN\x00\x00\x00\x05en_US")}, "open service-response ", ""},
	{"close", endpoint.AMQP, canned{answer: amqpFrame("\x00\x0a\x00\x32" + "\x01\x40" + "\x09not today" + "\x00\x00\x00\x00")}, "unresponsive unavailable not today", ""},
	{"refuses", endpoint.AMQP, canned{answer: amqpFrame("\x00\x0a\x00\x32" + "\x01\x93" + "\x0aaccess ref" + "\x00\x00\x00\x00")}, "open service-response ", ""},
	{"echo", endpoint.AMQP, canned{answer: "AMQP\x00\x00\x09\x01"}, `unresponsive wrong-protocol AMQP\x00\x00\t\x01`, ""},
	{"no end", endpoint.AMQP, canned{answer: "\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\x00"}, `unresponsive wrong-protocol \x01\x00\x00\x00\x00\x00\x04\x00\n\x00\n\x00`, ""},
	{"HTTP", endpoint.AMQP, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"31", endpoint.Rsync, canned{answer: "@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n", greets: true}, "open service-response ", ""},
	{"29", endpoint.Rsync, canned{answer: "@RSYNCD: 29\n", greets: true}, "open service-response ", ""},
	{"not this host", endpoint.Rsync, canned{answer: "@ERROR: access denied to a from b (192.0.2.1)\n", greets: true}, "open service-response ", ""},
	{"cannot begin", endpoint.Rsync, canned{answer: "@ERROR: protocol startup error\n", greets: true}, "unresponsive unavailable @ERROR: protocol startup error", ""},
	{"no version", endpoint.Rsync, canned{answer: "@RSYNCD: EXIT\n", greets: true}, `unresponsive wrong-protocol @RSYNCD: EXIT\n`, ""},
	{"SSH", endpoint.Rsync, canned{answer: "SSH-2.0-OpenSSH_9.2\r\n", greets: true}, `unresponsive wrong-protocol SSH-2.0-OpenSSH_9.2\r\n`, endpoint.SSH},

	{"no authentication", endpoint.SOCKS5, canned{answer: "\x05\x00"}, "open service-response ", ""},
	{"user name", endpoint.SOCKS5, canned{answer: "\x05\x02"}, "open service-response ", ""},
	{"none of them", endpoint.SOCKS5, canned{answer: "\x05\xff"}, "open service-response ", ""},
	{"not offered", endpoint.SOCKS5, canned{answer: "\x05\x03"}, `unresponsive wrong-protocol \x05\x03`, ""},
	{"SOCKS4", endpoint.SOCKS5, canned{answer: "\x00\x5b\x00\x00\x00\x00\x00\x00"}, `unresponsive wrong-protocol \x00[\x00\x00\x00\x00\x00\x00`, ""},
	{"HTTP", endpoint.SOCKS5, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"3.1.1", endpoint.SMB, canned{answer: smbAnswer("\x00\x00\x00\x00")}, "open service-response ", ""},
	{"no common dialect", endpoint.SMB, canned{answer: smbAnswer("\xbb\x00\x00\xc0")}, "open service-response ", ""},
	{"no resources", endpoint.SMB, canned{answer: smbAnswer("\x05\x02\x00\xc0")}, "unresponsive unavailable STATUS_INSUFF_SERVER_RESOURCES", ""},
	{"not this host", endpoint.SMB, canned{answer: "\x83\x00\x00\x01\x81"}, "open service-response ", ""},
	{"no resources for a session", endpoint.SMB, canned{answer: "\x83\x00\x00\x01\x83"}, "unresponsive unavailable insufficient resources", ""},
	{"another NetBIOS error", endpoint.SMB, canned{answer: "\x83\x00\x00\x01\x8f"}, `unresponsive wrong-protocol \x83\x00\x00\x01\x8f`, ""},
	{"SMB 1", endpoint.SMB, canned{answer: "\x00\x00\x00\x40\xffSMBr" + strings.Repeat("\x00", 59)}, `unresponsive wrong-protocol \x00\x00\x00@\xffSMBr` + strings.Repeat(`\x00`, 14) + "...", ""},
	{"HTTP", endpoint.SMB, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"3.8", endpoint.VNC, canned{answer: "RFB 003.008\n\x01\x02", greets: true}, "open service-response ", ""},
	{"3.3", endpoint.VNC, canned{answer: "RFB 003.003\n\x00\x00\x00\x02", greets: true}, "open service-response ", ""},
	{"blocked", endpoint.VNC, canned{answer: "RFB 003.003\n\x00\x00\x00\x00\x00\x00\x00\x1aToo many security failures", greets: true}, "open host-blocked Too many security failures", ""},
	{"full", endpoint.VNC, canned{answer: "RFB 003.008\n\x00\x00\x00\x00\x04full", greets: true}, "unresponsive unavailable full", ""},
	{"no reason", endpoint.VNC, canned{answer: "RFB 003.008\n\x00\x00\x00\x00\x00", greets: true}, "unresponsive unavailable no security types", ""},
	{"not this host", endpoint.VNC, canned{answer: "RFB 003.008\n\x00\x00\x00\x00\x0eAccess denied.", greets: true}, "open service-response ", ""},
	{"no version", endpoint.VNC, canned{answer: "RFB 3.8 hello\n", greets: true}, `unresponsive wrong-protocol RFB 3.8 hello\n`, ""},
	{"SSH", endpoint.VNC, canned{answer: "SSH-2.0-OpenSSH_9.2\r\n", greets: true}, `unresponsive wrong-protocol SSH-2.0-OpenSSH_9.2\r\n`, endpoint.SSH},

	{"accepted", endpoint.MQTT, canned{answer: "\x20\x02\x00\x00"}, "open service-response ", ""},
	{"no such version", endpoint.MQTT, canned{answer: "\x20\x03\x00\x84\x00"}, "open service-response ", ""},
	{"not authorised", endpoint.MQTT, canned{answer: "\x20\x02\x00\x05"}, "open service-response ", ""},
	{"unavailable", endpoint.MQTT, canned{answer: "\x20\x02\x00\x03"}, "unresponsive unavailable CONNACK with code 0x03", ""},
	{"busy", endpoint.MQTT, canned{answer: "\x20\x03\x00\x89\x00"}, "unresponsive unavailable CONNACK with code 0x89", ""},
	{"moved", endpoint.MQTT, canned{answer: "\x20\x03\x00\x9d\x00"}, "unresponsive unavailable CONNACK with code 0x9d", ""},
	{"banned", endpoint.MQTT, canned{answer: "\x20\x03\x00\x8a\x00"}, "open service-response ", ""},
	{"HTTP", endpoint.MQTT, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"pong", endpoint.AJP, canned{answer: "AB\x00\x01\x09"}, "open service-response ", ""},
	{"another packet", endpoint.AJP, canned{answer: "AB\x00\x02\x05\x01"}, `unresponsive wrong-protocol AB\x00\x02\x05\x01`, ""},
	{"echo", endpoint.AJP, canned{answer: "\x12\x34\x00\x01\x0a"}, `unresponsive wrong-protocol \x124\x00\x01\n`, ""},
	{"HTTP", endpoint.AJP, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"supported", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x06", "\x00\x01\x00\x0bCQL_VERSION\x00\x01\x00\x053.4.5")}, "open service-response ", ""},
	{"with a warning", endpoint.Cassandra, canned{answer: "\x84\x08pc\x06\x00\x00\x00\x09\x00\x01\x00\x03old\x00\x00"}, "open service-response ", ""},
	{"of another version", endpoint.Cassandra, canned{answer: cassandraFrame("\x85", "\x00", "\x00\x00\x00\x0a\x00\x07Invalid")}, "open service-response ", ""},
	{"of an old version", endpoint.Cassandra, canned{answer: "\x82\x00\x00\x00\x00\x00\x00\x0d\x00\x00\x00\x0a\x00\x07Invalid"}, "open service-response ", ""},
	{"wants a login", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x00", "\x00\x00\x01\x00\x00\x02no")}, "open service-response ", ""},
	{"server error", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x00", "\x00\x00\x00\x00\x00\x04oops")}, "unresponsive unavailable server error: oops", ""},
	{"overloaded", endpoint.Cassandra, canned{answer: cassandraFrame("\x83", "\x00", "\x00\x00\x10\x01\x00\x08too much")}, "unresponsive unavailable overloaded: too much", ""},
	{"bootstrapping", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x00", "\x00\x00\x10\x02\x00\x00")}, "unresponsive unavailable bootstrapping", ""},
	{"an error without a code", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x00", "\x00\x00")}, `unresponsive wrong-protocol \x84\x00pc\x00\x00\x00\x00\x02\x00\x00`, ""},
	{"a message that lies", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x00", "\x00\x00\x10\x01\xff\xffx")}, `unresponsive wrong-protocol \x84\x00pc\x00\x00\x00\x00\a\x00\x00\x10\x01\xff\xffx`, ""},
	{"nothing supported", endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x06", "")}, `unresponsive wrong-protocol \x84\x00pc\x06\x00\x00\x00\x00`, ""},
	{"echo", endpoint.Cassandra, canned{answer: cassandraFrame("\x04", "\x05", "")}, `unresponsive wrong-protocol \x04\x00pc\x05\x00\x00\x00\x00`, ""},
	{"another's", endpoint.Cassandra, canned{answer: "\x84\x00cp\x06\x00\x00\x00\x02\x00\x00"}, `unresponsive wrong-protocol \x84\x00cp\x06\x00\x00\x00\x02\x00\x00`, ""},
	{"huge", endpoint.Cassandra, canned{answer: "\x84\x00pc\x06\xff\xff\xff\xff"}, `unresponsive wrong-protocol \x84\x00pc\x06\xff\xff\xff\xff`, ""},
	{"HTTP", endpoint.Cassandra, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"fine", endpoint.SIP, canned{answer: "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"}, "open service-response ", ""},
	{"wants a login", endpoint.SIP, canned{answer: "SIP/2.0 401 Unauthorized\r\n\r\n"}, "open service-response ", ""},
	{"too many hops", endpoint.SIP, canned{answer: "\r\nSIP/2.0 483 Too Many Hops\r\n\r\n"}, "open service-response ", ""},
	{"trying", endpoint.SIP, canned{answer: "SIP/2.0 100 Trying\r\nl : 4\r\n\r\nbodySIP/2.0 503 Full\r\n\r\n"}, "unresponsive unavailable SIP/2.0 503 Full", ""},
	{"internal error", endpoint.SIP, canned{answer: "SIP/2.0 500 Oops\r\n\r\n"}, "unresponsive unavailable SIP/2.0 500 Oops", ""},
	{"does not know OPTIONS", endpoint.SIP, canned{answer: "SIP/2.0 501 Not Implemented\r\n\r\n"}, "open service-response ", ""},
	{"no status", endpoint.SIP, canned{answer: "SIP/2.0 OK\r\n\r\n"}, `unresponsive wrong-protocol SIP/2.0 OK\r\n\r\n`, ""},
	{"HTTP", endpoint.SIP, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},
	{"SIP", endpoint.HTTP, canned{answer: "SIP/2.0 400 Bad\r\n\r\n"}, `unresponsive wrong-protocol SIP/2.0 400 Bad\r\n\r\n`, endpoint.SIP},

	{"features", endpoint.XMPP, canned{answer: xmppHeader + "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"}, "open service-response ", ""},
	{"unknown host", endpoint.XMPP, canned{answer: xmppHeader + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"}, "open service-response ", ""},
	{"shuts down", endpoint.XMPP, canned{answer: xmppHeader + "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text>bye</text></stream:error></stream:stream>"}, "unresponsive unavailable system-shutdown: bye", ""},
	{"full", endpoint.XMPP, canned{answer: xmppHeader + "<stream:error><resource-constraint/></stream:error>"}, "unresponsive unavailable resource-constraint", ""},
	{"an error of nothing", endpoint.XMPP, canned{answer: "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:error/>"}, `unresponsive wrong-protocol <stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1' version...`, ""},
	{"echo", endpoint.XMPP, canned{answer: "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"}, `unresponsive wrong-protocol <stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`, ""},
	{"XML of another", endpoint.XMPP, canned{answer: "<policy-file-request/>"}, `unresponsive wrong-protocol <policy-file-request/>`, ""},
	{"a document type", endpoint.XMPP, canned{answer: "<!DOCTYPE a><a/>"}, `unresponsive wrong-protocol <!DOCTYPE a><a/>`, endpoint.HTTP},
	{"another encoding", endpoint.XMPP, canned{answer: "<?xml version='1.0' encoding='latin1'?><a/>"}, `unresponsive wrong-protocol <?xml version='1.0' encoding='latin1'?><a/>`, ""},
	{"no XML", endpoint.XMPP, canned{answer: "<a b>"}, `unresponsive wrong-protocol <a b>`, ""},
	{"SMTP", endpoint.XMPP, canned{answer: "220 mx ESMTP\r\n", greets: true}, `unresponsive wrong-protocol 220 mx ESMTP\r\n`, endpoint.SMTP},
	{"HTTP", endpoint.XMPP, canned{answer: httpBad}, `unresponsive wrong-protocol HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n`, endpoint.HTTP},

	{"wants a login", endpoint.WS, canned{answer: "HTTP/1.1 401 Unauthorized\r\n\r\n"}, "open service-response ", ""},
	{"plain HTTP", endpoint.WS, canned{answer: "HTTP/1.1 200 OK\r\n\r\n"}, "unresponsive status-200 HTTP/1.1 200 OK", ""},
	{"TLS", endpoint.WS, canned{answer: tlsNo}, `unresponsive wrong-protocol \x15\x03\x01\x00\x02\x02F`, endpoint.WSS},
}

func TestCannedAnswers(t *testing.T) {
	for _, tt := range cannedTests {
		t.Run(string(tt.scheme)+" "+tt.name, func(t *testing.T) {
			addr, _ := tt.server.start(t)
			r := lookAtPlain(t, tt.scheme, addr)
			got := string(r.State) + " " + string(r.Reason) + " " + r.Detail
			if got != tt.want || r.Speaks != tt.speaks {
				t.Errorf("%q, speaks %q, want %q, %q", got, r.Speaks, tt.want, tt.speaks)
			}
		})
	}
}

// TestCannedAnswersInPieces: what a network cuts up means the same.
func TestCannedAnswersInPieces(t *testing.T) {
	for _, tt := range cannedTests {
		t.Run(string(tt.scheme)+" "+tt.name, func(t *testing.T) {
			tt.server.bytewise = true
			addr, _ := tt.server.start(t)
			r := lookAtPlain(t, tt.scheme, addr)
			// Of what is wrong the beginning may suffice, so there is less to show.
			got, want := string(r.State)+" "+string(r.Reason), strings.Join(strings.Fields(tt.want)[:2], " ")
			if got != want {
				t.Errorf("%s %s, want %s", got, r.Detail, want)
			}
		})
	}
}

func lookAtPlain(t *testing.T, scheme endpoint.Scheme, addr netip.AddrPort) look.Result {
	t.Helper()
	return probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Addr: addr, Host: "localhost"}, cannedTimeout)
}

// TestRequests holds all that is sent to a server that answers against the
// protocols' documents; all but the identifiers of MQTT and SIP and the key of WebSocket is fixed.
func TestRequests(t *testing.T) {
	tests := []struct {
		scheme endpoint.Scheme
		server canned
		want   string // a regular expression
	}{
		{endpoint.MySQL, canned{answer: mysqlGreeting("8.0.36", "caching_sha2_password"), greets: true}, ""},
		{endpoint.Postgres, canned{answer: "N"}, `\x00\x00\x00\x08\x04\xd2\x16/`},
		{endpoint.MongoDB, canned{answer: mongodbAnswer(mongodbOK)}, `4\x00\x00\x00port\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00` +
			`\x1f\x00\x00\x00\x10hello\x00\x01\x00\x00\x00\x02\$db\x00\x06\x00\x00\x00admin\x00\x00`},
		{endpoint.MSSQL, canned{answer: mssqlAnswer}, `\x12\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x00\x00\x00\x00\x00\x00\x00`},
		{endpoint.Kafka, canned{answer: kafkaAnswer("port", "\x00\x23\x00\x00\x00\x00")}, `\x00\x00\x00\x13\x00\x12\x00\x00port\x00\x09portcheck`},
		{
			endpoint.SIP, canned{answer: "SIP/2.0 200 OK\r\n\r\n"},
			`OPTIONS sip:localhost SIP/2\.0\r\nVia: SIP/2\.0/TCP portcheck\.invalid;branch=z9hG4bK[A-Z2-7]{26};rport\r\nMax-Forwards: 0\r\nFrom: <sip:portcheck\.invalid>;tag=[A-Z2-7]{26}\r\n` +
				`To: <sip:localhost>\r\nCall-ID: [A-Z2-7]{26}\r\nCSeq: 1 OPTIONS\r\nUser-Agent: portcheck\r\nContent-Length: 0\r\n\r\n`,
		},
		{
			endpoint.XMPP, canned{answer: xmppHeader + "<stream:features/>"},
			`<\?xml version='1\.0'\?><stream:stream to='localhost' version='1\.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx\.jabber\.org/streams'></stream:stream>`,
		},
		{
			endpoint.WS, canned{answer: "HTTP/1.1 401 Unauthorized\r\n\r\n"},
			`GET / HTTP/1\.1\r\nHost: localhost:\d+\r\nUser-Agent: portcheck\r\nAccept: \*/\*\r\nConnection: Upgrade\r\nSec-Websocket-Key: [A-Za-z0-9+/]{22}==\r\n` +
				`Sec-Websocket-Version: 13\r\nUpgrade: websocket\r\n\r\n`,
		},
		{endpoint.AJP, canned{answer: "AB\x00\x01\x09"}, `\x124\x00\x01\x0a`},
		{endpoint.Cassandra, canned{answer: cassandraFrame("\x84", "\x06", "\x00\x00")}, `\x04\x00pc\x05\x00\x00\x00\x00`},
		{endpoint.AMQP, canned{answer: "AMQP\x00\x01\x00\x00"}, `AMQP\x00\x00\x09\x01`},
		{endpoint.MQTT, canned{answer: "\x20\x02\x00\x00"}, `\x10\x23\x00\x04MQTT\x04\x02\x00\x3c\x00\x17portcheck[A-Z2-7]{14}\xe0\x00`},
		{endpoint.MQTT, canned{answer: "\x20\x02\x00\x05"}, `\x10\x23\x00\x04MQTT\x04\x02\x00\x3c\x00\x17portcheck[A-Z2-7]{14}`},
		{endpoint.Rsync, canned{answer: "@RSYNCD: 31.0\n", greets: true}, ""},
		{endpoint.SOCKS5, canned{answer: "\x05\x00"}, `\x05\x03\x00\x01\x02`},
		{endpoint.SMB, canned{answer: smbAnswer("\x00\x00\x00\x00")}, `\x00\x00\x00\x9e\xfeSMB\x40\x00\x00{8}\x1f\x00\x00{48}` +
			`\x24\x00\x05\x00\x01\x00\x00\x00\x00{4}.{16}\x70\x00\x00\x00\x01\x00\x00\x00\x02\x02\x10\x02\x00\x03\x02\x03\x11\x03\x00\x00` +
			`\x01\x00\x26\x00\x00{4}\x01\x00\x20\x00\x01\x00.{32}`},
		{endpoint.VNC, canned{answer: "RFB 003.889\n\x01\x02", greets: true}, `RFB 003\.008\x0a`},
		{endpoint.LDAP, canned{answer: ldapRoot + ldapSuccess}, `0\*\x02\x01\x01c%\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass0\x05\x04\x031\.1` +
			`0\x05\x02\x01\x02B\x00`},
	}
	for _, tt := range tests {
		addr, sent := tt.server.start(t)
		lookAtPlain(t, tt.scheme, addr)
		// Each byte as the rune of its number, which is what \x.. matches.
		var got strings.Builder
		for _, b := range <-sent {
			got.WriteRune(rune(b))
		}
		if !regexp.MustCompile("(?s)^" + tt.want + "$").MatchString(got.String()) {
			t.Errorf("%s sends %q, want %s", tt.scheme, got.String(), tt.want)
		}
	}
}
