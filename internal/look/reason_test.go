package look_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestReasonsAreAll: whoever ranges over the reasons meets every one that is
// declared, each once.
func TestReasonsAreAll(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []look.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		kind, ok := spec.Type.(*ast.Ident)
		if !ok || kind.Name != "Reason" {
			t.Errorf("%s is no Reason", spec.Names[0])
			return false
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		declared = append(declared, look.Reason(text))
		return false
	})
	listed := look.Reasons()
	slices.Sort(declared)
	slices.Sort(listed)
	if !slices.Equal(declared, listed) {
		t.Errorf("declared are %v, listed are %v", declared, listed)
	}
	if len(declared) != len(slices.Compact(listed)) {
		t.Errorf("one is there twice: %v", declared)
	}
}

// TestExhausted: only a fault can be that something ran out.
func TestExhausted(t *testing.T) {
	for _, reason := range look.Reasons() {
		if look.Exhausted(reason) && !slices.Contains(look.Faults(), reason) {
			t.Errorf("%s is no fault", reason)
		}
	}
	if !look.Exhausted(look.NoBuffer) || look.Exhausted(look.NoRoute) {
		t.Error("buffers run out, routes do not")
	}
}
