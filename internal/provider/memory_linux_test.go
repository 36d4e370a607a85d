//go:build !race

// The race detector takes several times the memory.

package provider_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestParseMemory holds a whole provider process, from its start on, to three times
// the size of the file that it reads. The system counts the most memory that the
// process ever had, so that there is nothing to sample.
func TestParseMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("large files take a while")
	}
	const size = 48 << 20
	open := func(port int) string {
		return fmt.Sprintf(`<port protocol="tcp" portid="%d"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="x" method="table" conf="3"/></port>`+"\n", port)
	}
	host := func(n int, ports string) string {
		return fmt.Sprintf(`<host><status state="up" reason="reset" reason_ttl="64"/><address addr="10.%d.%d.%d" addrtype="ipv4"/><ports>%s</ports><times srtt="1" rttvar="1" to="1"/></host>`+"\n", n>>16&255, n>>8&255, n&255, ports)
	}
	var thousand strings.Builder
	for port := range 1000 {
		thousand.WriteString(open(2*port + 1))
	}
	const begins, ends = "<nmaprun>\n", "<runstats><finished/></runstats></nmaprun>\n"
	nmap := func(element func(n int) string) string { return begins + repeat(size, element) + ends }
	for _, test := range []struct{ name, function, text string }{
		{"ports", "nmap_parse", nmap(func(n int) string { return host(n, thousand.String()) })},
		{"hosts", "nmap_parse", nmap(func(n int) string { return host(n, strings.Repeat(open(80), 2)) })},
		{"attributes", "nmap_parse", nmap(func(int) string {
			return "<x" + repeat(4000, func(n int) string { return fmt.Sprintf(` a%d=""`, n) }) + "/>\n"
		})},
		{"names", "nmap_parse", nmap(func(n int) string { return fmt.Sprintf("<x%d/>\n", n) })},
		{"text", "nessus_parse", "<NessusClientData_v2><Report>\n" + repeat(size, func(n int) string {
			return fmt.Sprintf(`<ReportHost name="10.0.%d.%d"><ReportItem port="80" protocol="tcp" pluginID="11219"><plugin_output>%s</plugin_output></ReportItem></ReportHost>`+"\n",
				n>>8&255, n&255, strings.Repeat("text &amp; more\n", 5000))
		}) + "</Report></NessusClientData_v2>\n"},
		{"records", "naabu_parse", repeat(size, func(n int) string {
			return fmt.Sprintf(`{"ip":"10.0.%d.%d","timestamp":"2026-11-23T12:00:00Z","port":%d,"protocol":"tcp","tls":false}`+"\n", n>>8&3, n&255, n>>10+1)
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := startProvider(t)
			if message := p.call(test.function, test.text); message != "" {
				t.Fatal(message)
			}
			most := p.mostMemory()
			t.Logf("%.1f MB for %.1f MB", float64(most)/1e6, float64(len(test.text))/1e6)
			if most > 3*len(test.text) {
				t.Errorf("%d bytes for a file of %d", most, len(test.text))
			}
		})
	}
}

// repeat joins what element returns for 0, 1, 2, …, until it is size bytes long.
func repeat(size int, element func(n int) string) string {
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		b.WriteString(element(n))
	}
	return b.String()
}

// process is a provider in a process of its own, without a CLI.
type process struct {
	t    *testing.T
	pid  int
	conn *grpc.ClientConn
}

// startProvider starts the provider as the CLIs do (go-plugin's handshake).
func startProvider(t *testing.T) process {
	t.Helper()
	if porttest.Provider() == "" {
		t.Skip("the provider is built only where there is a CLI")
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(porttest.Provider(), porttest.ProviderName))
	cmd.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=6", "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Split(line, "|") // 1|6|unix|/tmp/plugin…|grpc|
	if err != nil || len(fields) < 5 {
		t.Fatal(err, line)
	}
	conn, err := grpc.NewClient("unix:"+fields[3], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(256<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return process{t, cmd.Process.Pid, conn}
}

// call calls a function with one text, and returns the message of its error.
func (p process) call(function, text string) string {
	p.t.Helper()
	var value bytes.Buffer
	if err := msgpack.NewEncoder(&value).EncodeString(text); err != nil {
		p.t.Fatal(err)
	}
	field := func(to []byte, number protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), content)
	}
	// CallFunction of tfplugin6.proto: name = 1, arguments = 2, msgpack = 1 of an argument.
	request := field(field(nil, 1, []byte(function)), 2, field(nil, 1, value.Bytes()))
	var response []byte
	if err := p.conn.Invoke(context.WithoutCancel(p.t.Context()), "/tfplugin6.Provider/CallFunction", request, &response); err != nil {
		p.t.Fatal(err)
	}
	for len(response) > 0 { // result = 1, error = 2
		number, kind, n := protowire.ConsumeTag(response)
		size := protowire.ConsumeFieldValue(number, kind, response[max(0, n):])
		if n < 0 || size < 0 {
			p.t.Fatal("no response")
		}
		if number == 2 {
			return string(response[n : n+size])
		}
		response = response[n+size:]
	}
	return ""
}

// mostMemory is the most memory that the process ever had, in bytes.
func (p process) mostMemory() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		p.t.Fatal(err)
	}
	return kilobytes << 10
}

// rawCodec sends and receives messages as they are on the wire.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	message, _ := v.([]byte)
	return message, nil
}

func (rawCodec) Unmarshal(data []byte, v any) error {
	if to, ok := v.(*[]byte); ok {
		*to = bytes.Clone(data)
	}
	return nil
}
