package endpoint

const nothing = "nothing"

// schemeTable is the one list of the schemes, the default first: grammar,
// documentation and tests go by it.
var schemeTable = []SchemeInfo{
	{
		Scheme: TCP, Transport: TCP,
		Sends:  "a connection is opened and closed",
		Speaks: "the connection is accepted",
	}, {
		Scheme: UDP, Transport: UDP,
		Sends:  "a datagram of the port's usual protocol, or an empty datagram",
		Speaks: "any answer",
	}, {
		Scheme: TLS, Transport: TCP, Port: 443, Certificate: true,
		Sends:  "a TLS handshake",
		Speaks: "a completed handshake, after which the connection does not end within 0.1 s",
	}, {
		Scheme: HTTP, Transport: TCP, Port: 80,
		Sends:  "`GET /`; if the answer is 400, a TLS handshake over a second connection",
		Speaks: "any status below 500, except 400 from a server that answers the handshake",
	}, {
		Scheme: HTTPS, Transport: TCP, Port: 443, Certificate: true,
		Sends:  "a TLS handshake, then `GET /`, over HTTP/2 where the server offers it",
		Speaks: "any status below 500",
	}, {
		Scheme: WS, Transport: TCP, Port: 80,
		Sends:  "`GET /` that asks for WebSocket, then a close",
		Speaks: "101 with the right `Sec-WebSocket-Accept`, 401, 403, or 400 or 426 with the version that the server speaks",
	}, {
		Scheme: WSS, Transport: TCP, Port: 443, Certificate: true,
		Sends:  "as `ws`, over TLS",
		Speaks: "as `ws`",
	}, {
		Scheme: GRPC, Transport: TCP, Port: 50051,
		Sends:  "`grpc.health.v1.Health/Check` for the whole server",
		Speaks: "the status `SERVING`; any error except those that mean a failed server: `UNKNOWN`, `INTERNAL`, `UNAVAILABLE`, `DEADLINE_EXCEEDED`, `RESOURCE_EXHAUSTED` and `DATA_LOSS`; a proxy's 401 or 403",
	}, {
		Scheme: GRPCS, Transport: TCP, Port: 443, Certificate: true,
		Sends:  "as `grpc`, over TLS",
		Speaks: "as `grpc`",
	}, {
		Scheme: AJP, Transport: TCP, Port: 8009,
		Sends:  "`CPing`",
		Speaks: "`CPong`",
	}, {
		Scheme: SSH, Transport: TCP, Port: 22,
		Sends:  "an identification, then a disconnect",
		Speaks: "an identification, `SSH-2.0-…`",
	}, {
		Scheme: SMTP, Transport: TCP, Port: 25, OptionalTLS: true,
		Sends:  "`QUIT`, after the greeting",
		Speaks: "a greeting with 220 that does not name FTP, or a refusal of this machine, such as 554 5.7.1",
	}, {
		Scheme: SMTPS, Transport: TCP, Port: 465, Certificate: true,
		Sends:  "as `smtp`, over TLS",
		Speaks: "as `smtp`",
	}, {
		Scheme: Submission, Transport: TCP, Port: 587, Certificate: true,
		Sends:  "`EHLO`, `STARTTLS` and a TLS handshake",
		Speaks: "a greeting with 220, `STARTTLS` offered, and a completed handshake",
	}, {
		Scheme: IMAP, Transport: TCP, Port: 143, OptionalTLS: true,
		Sends:  "`LOGOUT`, after the greeting",
		Speaks: "a greeting with `OK` or `PREAUTH`, or a `BYE` that refuses this machine",
	}, {
		Scheme: IMAPS, Transport: TCP, Port: 993, Certificate: true,
		Sends:  "as `imap`, over TLS",
		Speaks: "as `imap`",
	}, {
		Scheme: POP3, Transport: TCP, Port: 110, OptionalTLS: true,
		Sends:  "`QUIT`, after the greeting",
		Speaks: "a greeting with `+OK`, or a `-ERR` that refuses this machine",
	}, {
		Scheme: POP3S, Transport: TCP, Port: 995, Certificate: true,
		Sends:  "as `pop3`, over TLS",
		Speaks: "as `pop3`",
	}, {
		Scheme: FTP, Transport: TCP, Port: 21, OptionalTLS: true,
		Sends:  "`QUIT`, after the greeting",
		Speaks: "a greeting with 220 that does not name SMTP, or a refusal of this machine, such as 530",
	}, {
		Scheme: FTPS, Transport: TCP, Port: 990, Certificate: true,
		Sends:  "as `ftp`, over TLS",
		Speaks: "as `ftp`",
	}, {
		Scheme: LDAP, Transport: TCP, Port: 389, OptionalTLS: true,
		Sends:  "a search for the root DSE without a bind, then an unbind",
		Speaks: "any LDAP answer to the search except `busy`, `unavailable` and `other`, an internal error",
	}, {
		Scheme: LDAPS, Transport: TCP, Port: 636, Certificate: true,
		Sends:  "as `ldap`, over TLS",
		Speaks: "as `ldap`",
	}, {
		Scheme: Postgres, Transport: TCP, Port: 5432, Certificate: true, OptionalTLS: true,
		Sends:  "an `SSLRequest`, and a TLS handshake if the server offers TLS",
		Speaks: "any answer except an error that says the server cannot serve; if the server offers TLS, a completed handshake too; a server that takes no connections passes unless `postgres` names a user",
	}, {
		Scheme: MySQL, Transport: TCP, Port: 3306,
		Sends:  nothing,
		Speaks: "the greeting of MySQL or MariaDB, or an error that only rejects this machine",
	}, {
		Scheme: MySQLS, Transport: TCP, Port: 3306, Certificate: true,
		Sends:  "an `SSLRequest` after the greeting, and a TLS handshake",
		Speaks: "as `mysql`, TLS offered, and a completed handshake",
	}, {
		Scheme: Redis, Transport: TCP, Port: 6379,
		Sends:  "`PING`",
		Speaks: "`PONG`, or any error, such as `NOAUTH`, except `LOADING`, `BUSY`, `MISCONF`, `MASTERDOWN`, `CLUSTERDOWN` and those of a server that takes no more clients",
	}, {
		Scheme: Rediss, Transport: TCP, Port: 6379, Certificate: true,
		Sends:  "as `redis`, over TLS",
		Speaks: "as `redis`",
	}, {
		Scheme: Memcached, Transport: TCP, Port: 11211,
		Sends:  "`version`; if there is no answer, `version` in the binary protocol",
		Speaks: "`VERSION`, or any memcached error except `SERVER_ERROR` and too many connections",
	}, {
		Scheme: Memcacheds, Transport: TCP, Port: 11211, Certificate: true,
		Sends:  "as `memcached`, over TLS",
		Speaks: "as `memcached`",
	}, {
		Scheme: MongoDB, Transport: TCP, Port: 27017,
		Sends:  "`hello`",
		Speaks: "an answer to `hello`, except from a server that shuts down or a member of a replica set that is neither primary, secondary nor arbiter",
	}, {
		Scheme: MongoDBS, Transport: TCP, Port: 27017, Certificate: true,
		Sends:  "as `mongodb`, over TLS",
		Speaks: "as `mongodb`",
	}, {
		Scheme: Cassandra, Transport: TCP, Port: 9042,
		Sends:  "`OPTIONS`",
		Speaks: "`SUPPORTED`, or any error except those that mean a failed server, such as an overloaded or bootstrapping one",
	}, {
		Scheme: Cassandras, Transport: TCP, Port: 9142, Certificate: true,
		Sends:  "as `cassandra`, over TLS",
		Speaks: "as `cassandra`",
	}, {
		Scheme: MSSQL, Transport: TCP, Port: 1433,
		Sends:  "a `PRELOGIN`; if the server just closes, as `mssqls`",
		Speaks: "an answer to `PRELOGIN`",
	}, {
		Scheme: MSSQLS, Transport: TCP, Port: 1433, Certificate: true,
		Sends:  "a TLS handshake that offers `tds/8.0`, as with strict encryption, then as `mssql`",
		Speaks: "as `mssql`",
	}, {
		Scheme: AMQP, Transport: TCP, Port: 5672,
		Sends:  "the AMQP 0-9-1 header",
		Speaks: "`Connection.Start`, the header of another AMQP version, or a refusal of this machine",
	}, {
		Scheme: AMQPS, Transport: TCP, Port: 5671, Certificate: true,
		Sends:  "as `amqp`, over TLS",
		Speaks: "as `amqp`",
	}, {
		Scheme: MQTT, Transport: TCP, Port: 1883,
		Sends:  "`CONNECT` with a client identifier and without a user name, then `DISCONNECT`",
		Speaks: "`CONNACK`, even with a refusal, unless the refusal says that the server is unavailable",
	}, {
		Scheme: MQTTS, Transport: TCP, Port: 8883, Certificate: true,
		Sends:  "as `mqtt`, over TLS",
		Speaks: "as `mqtt`",
	}, {
		Scheme: Kafka, Transport: TCP, Port: 9092,
		Sends:  "`ApiVersions`",
		Speaks: "an answer to `ApiVersions`, except an error of the broker's own",
	}, {
		Scheme: Kafkas, Transport: TCP, Port: 9093, Certificate: true,
		Sends:  "as `kafka`, over TLS",
		Speaks: "as `kafka`",
	}, {
		Scheme: NATS, Transport: TCP, Port: 4222,
		Sends:  "nothing; a TLS handshake if nothing comes, for a server with `handshake_first`",
		Speaks: "the `INFO` line, unless the server says that it is full or shuts down",
	}, {
		Scheme: NATSS, Transport: TCP, Port: 4222, Certificate: true,
		Sends:  "a TLS handshake, after the `INFO` line or, if it does not come, before it",
		Speaks: "as `nats`, TLS offered, and a completed handshake",
	}, {
		Scheme: XMPP, Transport: TCP, Port: 5222, OptionalTLS: true,
		Sends:  "the header of a client's stream, to the host or the `server_name`",
		Speaks: "the header of a stream and what it offers, or an error except those that mean a failed server, such as `resource-constraint`",
	}, {
		Scheme: XMPPS, Transport: TCP, Port: 5223, Certificate: true,
		Sends:  "as `xmpp`, over TLS",
		Speaks: "as `xmpp`",
	}, {
		Scheme: SIP, Transport: TCP, Port: 5060,
		Sends:  "`OPTIONS`, over TCP",
		Speaks: "any final answer except 408, 500, 502, 503 and 504",
	}, {
		Scheme: SIPS, Transport: TCP, Port: 5061, Certificate: true,
		Sends:  "as `sip`, over TLS",
		Speaks: "as `sip`",
	}, {
		Scheme: RDP, Transport: TCP, Port: 3389,
		Sends:  "an X.224 connection request",
		Speaks: "a connection confirm, even if it refuses the requested security",
	}, {
		Scheme: Rsync, Transport: TCP, Port: 873,
		Sends:  "nothing",
		Speaks: "the daemon's greeting, `@RSYNCD:` and a version",
	}, {
		Scheme: SOCKS5, Transport: TCP, Port: 1080,
		Sends:  "the methods of authentication: none, GSSAPI, user name and password; then the end",
		Speaks: "the choice of one of them, or of none",
	}, {
		Scheme: ZooKeeper, Transport: TCP, Port: 2181,
		Sends:  "`srvr`",
		Speaks: "an answer to `srvr`, except from a server that has no quorum",
	}, {
		Scheme: SMB, Transport: TCP, Port: 445,
		Sends:  "`NEGOTIATE` with the dialects of SMB 2 and 3",
		Speaks: "an answer to `NEGOTIATE`, even with an error, except one of a server that cannot serve, or a refusal of this machine",
	}, {
		Scheme: VNC, Transport: TCP, Port: 5900,
		Sends:  "the version of RFB, after the greeting",
		Speaks: "the types of security, or a refusal of this machine",
	}, {
		Scheme: DNS, Transport: UDP, Port: 53,
		Sends:  "a query for the root name servers, without recursion; if the answer is `SERVFAIL`, the same query with recursion",
		Speaks: "any answer except `SERVFAIL`",
	}, {
		Scheme: DNSTCP, Transport: TCP, Port: 53,
		Sends:  "as `dns`, over TCP",
		Speaks: "as `dns`",
	}, {
		Scheme: NTP, Transport: UDP, Port: 123,
		Sends:  "a client request",
		Speaks: "an answer from a synchronised clock",
	},
}
