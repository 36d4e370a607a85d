//go:build linux && services

package service_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestZooKeeper: a server alone, and one of three whose fellows are missing.
func TestZooKeeper(t *testing.T) {
	zookeeper := func(more, ready string) *porttest.Running {
		return porttest.Daemon{
			Command: "java -Dorg.slf4j.simpleLogger.logFile=System.out -cp /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar" +
				" org.apache.zookeeper.server.quorum.QuorumPeerMain DIR/zoo.cfg",
			Files: map[string]string{"data/myid": "1\n", "zoo.cfg": `tickTime=2000
initLimit=5
syncLimit=2
dataDir=DIR/data
clientPort=PORT
clientPortAddress=127.0.0.1
admin.enableServer=false
` + more},
			Ready: ready,
		}.Start(t)
	}
	alone := zookeeper("", "ZooKeeper audit is disabled")
	for range 3 {
		speaks(t, endpoint.ZooKeeper, alone.Addr, nil)
	}
	log := logged(t, alone, "ZooKeeper audit is disabled", "Processing srvr command", 3)
	only(t, log, `\bINFO\b`)
	lost := zookeeper("server.1=127.0.0.1:PORT2:1\nserver.2=127.0.0.1:2:3\nserver.3=127.0.0.1:4:5\n", "")
	sees(t, []seen{
		{endpoint.ZooKeeper, lost.Addr, nil, string(look.Unresponsive) + " " + string(look.Unavailable), ""},
		{endpoint.HTTP, alone.Addr, nil, "unresponsive closed-early", ""},
	})
}
