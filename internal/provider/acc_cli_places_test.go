package provider_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// TestAccBlockMessages: validate finds a mistake in a block. The error is at its
// line, quotes the value and names the accepted ones.
func TestAccBlockMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for _, tt := range []struct {
			block string
			want  []string
		}{
			{"socks5 {\n    name = \"a\"\n    address = \"127.0.0.1:9\"\n    resolv = \"local\"\n  }", []string{"resolv = ", `An argument named "resolv" is not expected here. Did you mean "resolve"?`}},
			{"sock5 {\n    name = \"a\"\n  }", []string{"sock5 {", `Blocks of type "sock5" are not expected here. Did you mean "socks5"?`}},
			{"socks5 {\n    address = \"127.0.0.1:9\"\n  }", []string{"socks5 {", `The argument "name" is required, but no definition was found.`}},
			{vpcA + "\n  " + strings.Replace(vpcA, "127.0.0.1:9", "127.0.0.1", 1), []string{`address = "127.0.0.1"`,
				`socks5 "vpc-a": address is "127.0.0.1". Expected HOST:PORT, such as "proxy.example.com:1080" or "[2001:db8::1]:1080".`,
				`name is "vpc-a", and socks5[0] has that name too. Expected a name that no other block has.`}},
			{strings.Replace(vpcA, "name ", "via = \"vpc-a\"\n    name ", 1), []string{`via     = "vpc-a"`,
				`socks5 "vpc-a": via is "vpc-a", which leads round in a circle: vpc-a -> vpc-a. Expected a way that ends at this machine.`}},
			{"ssh {\n    name = \"a\"\n    host = \"bastion.example.com\"\n    user = \"probe\"\n    agent = true\n  }", []string{`name = "a"`,
				`ssh "a": neither host_key nor known_hosts is set. Expected at least one of them.`}},
		} {
			w.write(setting(web(""), tt.block))
			w.run("validate").exits(1).says(strings.Join(strings.Fields(tt.want[0]), " ")).says(tt.want[1:]...)
		}
		w.write(web(`from = []`))
		w.run("validate").exits(0).says("from = []", "Warning: Empty declaration", "from is empty, so nothing is looked at from anywhere.")
	})
}

// nowhere is a check whose place is not there.
const nowhere = `
resource "portcheck_check" "web" {
  hosts      = ["198.51.100.1"]
  open       = ["80"]
  from       = ["local", "vpc-a"]
  on_failure = "warning"
  timeouts {
    create = "1s"
    update = "1s"
  }
}
`

// TestAccDeadPlace: a place that is not there is named once, is no drift, and keeps
// nobody from destroying, not even when its block is gone.
func TestAccDeadPlace(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		config := setting(fast, vpcA) + nowhere
		w.write(config)
		w.apply().exits(0).says("Warning: Port check failed:", "vpc-a")
		w.plan().exits(0).says("Warning: Port check inconclusive while planning:", "vpc-a", "No changes.")
		w.destroy().exits(0)
		w.apply().exits(0)
		w.write(fast)
		w.plan().exits(2).says("1 to destroy") // of a resource that has no block no CLI shows a warning
		w.write(fast + nowhere)
		w.plan().exits(1).says("Error: Unknown place", `Element 1 of from is "vpc-a", and no block of the provider has that name.`)
		w.write(fast)
		w.apply().exits(0)
		if got := w.check(); got != nil {
			t.Errorf("state has %v", got)
		}
	})
}

// TestAccSecrets: no secret of a block is in state, a plan, a log or a message.
func TestAccSecrets(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		const marker = "s3cr3t-marker"
		key, line := privateKey(t)
		w.serve(80)
		log := filepath.Join(w.Dir, "trace.log")
		w.Env = append(w.Env, "TF_VAR_secret="+marker, "TF_VAR_key="+key, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
		config := setting(fast, `socks5 {
    name     = "vpc-a"
    address  = "127.0.0.1:9"
    username = "probe"
    password = var.secret
  }
  ssh {
    name     = "vpc-b"
    host     = "127.0.0.1"
    port     = 9
    user     = "probe"
    password = var.secret
    private_key = var.key
    host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
  }
  blackbox {
    name         = "vpc-c"
    url          = "http://127.0.0.1:9"
    bearer_token = var.secret
    headers      = { X-Scope = var.secret }
  }`) + strings.Replace(nowhere, `"vpc-a"]`, `"vpc-a", "vpc-b", "vpc-c"]`, 1) + `
variable "secret" {
  type      = string
  ephemeral = true
}
variable "key" {
  type      = string
  ephemeral = true
}`
		w.write(config)
		old := w.run("validate").exit != 0
		if old { // before 1.10 a variable is in the plan's file, whatever a provider does
			w.write(strings.ReplaceAll(config, "ephemeral =", "sensitive ="))
		}
		said := w.run("validate").exits(0).out
		said += w.plan("-out=next.tfplan").exits(2).out
		if !old {
			said += w.run("show", "-json", "next.tfplan").exits(0).out
		}
		said += w.apply("next.tfplan").exits(0).out
		said += w.plan().exits(0).out
		said += w.destroy().exits(0).out
		if strings.Contains(said, marker) || strings.Contains(said, line) {
			t.Errorf("a message has the secret:\n%s", said)
		}
		files, err := os.ReadDir(w.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.IsDir() || old && filepath.Ext(f.Name()) == ".tfplan" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(w.Dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{marker, line} {
				if i := strings.Index(string(text), secret); i >= 0 {
					t.Errorf("%s has a secret: …%s…", f.Name(), text[max(0, i-200):i])
				}
			}
		}
	})
}

// privateKey returns a new private key in PEM, and a line of it that no other has.
func privateKey(t *testing.T) (key, line string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key = string(pem.EncodeToMemory(block))
	return key, strings.Split(key, "\n")[3]
}
