package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const events = `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"pass","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestLab","Output":"    lab.go:55: no lab: nft is not installed\n"}
{"Action":"output","Package":"a","Test":"TestLab","Output":"--- SKIP: TestLab (0.00s)\n"}
{"Action":"skip","Package":"a","Test":"TestLab"}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}
{"Action":"pass","Package":"a"}
`

const failing = `{"Action":"output","Package":"b","Test":"TestBad","Output":"    b_test.go:3: wrong\n"}
{"Action":"fail","Package":"b","Test":"TestBad"}
{"Action":"output","Package":"b","Output":"FAIL\tb\t0.1s\n"}
{"Action":"fail","Package":"b"}
`

const crashed = `{"Action":"output","Package":"b","Test":"TestBad","Output":"panic: oh\n"}
`

func TestSummary(t *testing.T) {
	t.Parallel()
	const skipped, name = "skipped: a: no lab: nft is not installed", "\n         TestLab\n"
	for what, test := range map[string]struct {
		input, allowed string
		strict, ok     bool
		want           string
	}{
		"skips are named": {input: events, ok: true,
			want: "ok  \ta\t0.1s\n" + skipped + name + "1 tests passed, 1 skipped\n"},
		"strict refuses them": {input: events, strict: true, allowed: "a TestOther because # TestLab\n",
			want: "ok  \ta\t0.1s\n" + skipped + " (NOT ALLOWED)" + name + "1 tests passed, 1 skipped\n" +
				"FAIL: skipped but should run: 1; .ci/allowed-skips names the tests that may be skipped\n"},
		"unless they are allowed": {input: events, strict: true, allowed: "# comment\na TestLab needs a lab\n", ok: true,
			want: "ok  \ta\t0.1s\n" + skipped + " (allowed: needs a lab)" + name + "1 tests passed, 1 skipped\n"},
		"failures are shown": {input: failing,
			want: "    b_test.go:3: wrong\nFAIL\tb\t0.1s\n0 tests passed, 0 skipped\n"},
		"crashes too": {input: crashed,
			want: "panic: oh\n0 tests passed, 0 skipped\n"},
		"what is no event passes through": {input: "go: downloading x\n", ok: true,
			want: "go: downloading x\n0 tests passed, 0 skipped\n"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(test.input)); err != nil {
				t.Fatal(err)
			}
			if ok := s.finish(test.allowed, test.strict); ok != test.ok {
				t.Errorf("ok is %t, want %t", ok, test.ok)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
