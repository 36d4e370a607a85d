package endpoint_test

import (
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// A declaration says what must be open and what must not. Where the two overlap,
// open wins; a network stands for its hosts.
func ExampleDeclaration_Resolve() {
	written := func(values ...string) endpoint.List {
		var l endpoint.List
		for _, v := range values {
			l.Elements = append(l.Elements, endpoint.Element{Value: v})
		}
		return l
	}

	declared, problems := endpoint.Declaration{
		Hosts:  written("web.example.com", "192.0.2.4/31"),
		Open:   written("443/https"),
		Closed: written("443", "3306"),
	}.Resolve()
	for _, p := range problems {
		fmt.Println(p.Summary, p.Detail)
	}
	fmt.Printf("%d open, %d closed\n", declared.OpenCount, declared.ClosedCount)
	for e, want := range declared.All() {
		fmt.Println(e, want)
	}

	// A mistake is quoted, beside what was expected. Then nothing is declared.
	_, problems = endpoint.Declaration{Hosts: written("10.0.0.5/8"), Open: written("443")}.Resolve()
	fmt.Println(problems[0].Detail)

	// Output:
	// 3 open, 3 closed
	// https://192.0.2.4:443 open
	// tcp://192.0.2.4:3306 closed
	// https://192.0.2.5:443 open
	// tcp://192.0.2.5:3306 closed
	// https://web.example.com:443 open
	// tcp://web.example.com:3306 closed
	// Element 0 of hosts: "10.0.0.5/8" has host bits set. Expected the network "10.0.0.0/8" or the address "10.0.0.5".
}
