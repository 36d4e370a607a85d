//go:build linux && services

package service_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestTomcat: its words about a plain request to a port of TLS are its own, as are
// those of Spring Boot, which has it built in.
func TestTomcat(t *testing.T) {
	ca := porttest.NewCA(t)
	tomcat := porttest.Daemon{
		Setup:   []string{"mkdir -p DIR/conf DIR/logs DIR/temp DIR/webapps DIR/work", "mv DIR/server.xml DIR/conf"},
		Command: "env CATALINA_BASE=DIR CATALINA_HOME=/usr/share/tomcat10 JAVA_HOME=/usr/lib/jvm/default-java /usr/share/tomcat10/bin/catalina.sh run",
		Files: files(t, ca, map[string]string{"server.xml": `<Server port="-1">
  <Service name="Catalina">
    <Connector address="127.0.0.1" port="PORT" SSLEnabled="true" scheme="https" secure="true">
      <SSLHostConfig><Certificate certificateFile="DIR/cert.pem" certificateKeyFile="DIR/key.pem"/></SSLHostConfig>
    </Connector>
    <Connector address="127.0.0.1" port="PORT2" protocol="AJP/1.3" secretRequired="false"/>
    <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine>
  </Service>
</Server>
`}),
		Ready: "Server startup in",
	}.Start(t)
	sees(t, []seen{
		{endpoint.HTTP, tomcat.Addr, nil, "unresponsive wrong-protocol", endpoint.HTTPS},
		{endpoint.HTTPS, tomcat.Addr, ca, "open service-response", ""},
		{endpoint.AJP, tomcat.Addr2, nil, "open service-response", ""},
		{endpoint.AJP, tomcat.Addr, nil, "unresponsive wrong-protocol", endpoint.TLS},
	})
}
