package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

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

const failing = `{"Action":"run","Package":"b","Test":"TestBad"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"    b_test.go:3: wrong\n"}
{"Action":"fail","Package":"b","Test":"TestBad"}
{"Action":"output","Package":"b","Output":"FAIL\tb\t0.1s\n"}
{"Action":"fail","Package":"b"}
`

// Of a test with subtests only these count.
const subtests = `{"Action":"run","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC"}
{"Action":"run","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC/good"}
{"Action":"pass","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC/good"}
{"Action":"run","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC/bad"}
{"Action":"output","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC/bad","Output":"    c_test.go:3: wrong\n"}
{"Action":"fail","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC/bad"}
{"Action":"fail","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c","Test":"TestC"}
{"Action":"fail","Package":"github.com/portcheck/terraform-provider-portcheck/internal/c"}
`

const crashed = `{"Action":"run","Package":"b","Test":"TestBad"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"panic: oh\n"}
{"Action":"fail","Package":"b"}
`

const unbuilt = `{"ImportPath":"b","Action":"build-output","Output":"./b.go:3: undefined: x\n"}
{"ImportPath":"b","Action":"build-fail"}
{"Action":"start","Package":"b"}
{"Action":"output","Package":"b","Output":"FAIL\tb [build failed]\n"}
{"Action":"fail","Package":"b","FailedBuild":"b"}
`

func TestSummary(t *testing.T) {
	t.Parallel()
	const skipped, name = "skipped: a: no lab: nft is not installed", "\n         TestLab\n"
	for what, test := range map[string]struct {
		input, allowed string
		strict, ok     bool
		want           string
	}{
		"skips are named": {
			input: events, ok: true,
			want: "ok  \ta\t0.1s\n" + skipped + name + "1 passed, 0 failed, 1 skipped\n",
		},
		"strict refuses them": {
			input: events, strict: true, allowed: "a TestOther because # TestLab\n",
			want: "ok  \ta\t0.1s\n" + skipped + " (NOT ALLOWED)" + name + "1 passed, 0 failed, 1 skipped\n" +
				"FAIL: skipped but should run: 1; .ci/allowed-skips names the tests that may be skipped\n",
		},
		"unless they are allowed": {
			input: events, strict: true, allowed: "# comment\na TestLab needs a lab\n", ok: true,
			want: "ok  \ta\t0.1s\n" + skipped + " (allowed: needs a lab)" + name + "1 passed, 0 failed, 1 skipped\n",
		},
		"failures are shown, and named last": {
			input: failing,
			want:  "    b_test.go:3: wrong\nFAIL\tb\t0.1s\n0 passed, 1 failed, 0 skipped\nFAIL: b TestBad\n",
		},
		"subtests count in place of their test": {
			input: subtests,
			want:  "    c_test.go:3: wrong\n1 passed, 1 failed, 0 skipped\nFAIL: internal/c TestC/bad\n",
		},
		"a crash is the failure of the test in which it happened": {
			input: crashed,
			want:  "panic: oh\n0 passed, 1 failed, 0 skipped\nFAIL: b TestBad\n",
		},
		"a package that is not built is a failure": {
			input: unbuilt,
			want:  "./b.go:3: undefined: x\nFAIL\tb [build failed]\n0 passed, 1 failed, 0 skipped\nFAIL: b\n",
		},
		"what is no event passes through": {
			input: "go: downloading x\n", ok: true,
			want: "go: downloading x\n0 passed, 0 failed, 0 skipped\n",
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			s := newSummary(&out)
			if err := follow(s, strings.NewReader(test.input)); err != nil {
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

func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		s := newSummary(&out)
		tests, write := io.Pipe()
		done := make(chan error)
		go func() { done <- follow(s, tests) }()
		say := func(text string) {
			if _, err := io.WriteString(write, text); err != nil {
				t.Error(err)
			}
			time.Sleep(progressInterval + time.Second)
		}
		say("")
		say(`{"Action":"start","Package":"github.com/portcheck/terraform-provider-portcheck/internal/scan"}` + "\n")
		say(events + `{"Action":"start","Package":"github.com/portcheck/terraform-provider-portcheck"}` + "\n")
		_ = write.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		want := "  … 10 s: 0 passed, 0 failed; building the tests\n" +
			"  … 20 s: 0 passed, 0 failed; under way: internal/scan\n" +
			"ok  \ta\t0.1s\n" +
			"  … 30 s: 1 passed, 0 failed; under way: ., internal/scan\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if err := follow(newSummary(io.Discard), iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
