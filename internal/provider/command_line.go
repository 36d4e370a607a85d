package provider

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// commandLine is what the CLI that started this process was told. It is read for
// what the protocol does not tell. Linux shows it; elsewhere it is empty.
type commandLine []string

// parentCommandLine reads the command line, and the environment variables that the
// CLI adds to it.
func parentCommandLine() commandLine {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", os.Getppid())) // empty where there is none
	c := commandLine(strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"))
	for _, variable := range []string{"TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_CLI_ARGS_apply"} {
		c = append(c, strings.Fields(os.Getenv(variable))...)
	}
	return c
}

// savedPlan is the plan that a CLI was told to apply.
type savedPlan struct {
	text   []byte // as the file has it; nil if there is none
	sealed bool   // OpenTofu has encrypted it, so that it tells nothing
}

// given tells whether there is such a plan: then the CLI surely applies.
func (p savedPlan) given() bool { return p.text != nil || p.sealed }

// savedPlan finds the plan among the arguments. None is given if the CLI plans, if it
// applies what it planned itself, and if the file cannot be read.
func (c commandLine) savedPlan() savedPlan {
	at := slices.Index(c, "apply")
	for _, arg := range c[at+1:] {
		if at < 0 || strings.HasPrefix(arg, "-") {
			continue
		}
		if plan := savedPlanIn(arg); plan.given() {
			return plan
		}
	}
	return savedPlan{}
}

func savedPlanIn(name string) savedPlan {
	file, err := os.Open(name) //nolint:gosec // the CLI reads it too
	if err != nil {
		return savedPlan{}
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return savedPlan{}
	}
	if archive, err := zip.NewReader(file, info.Size()); err == nil {
		plan, err := archive.Open("tfplan")
		if err != nil {
			return savedPlan{}
		}
		text, _ := io.ReadAll(io.LimitReader(plan, maxPlan)) // a part tells nothing
		return savedPlan{text: text}
	}
	var sealed struct {
		Data []byte `json:"encrypted_data"`
	}
	text, err := io.ReadAll(io.LimitReader(file, maxPlan))
	return savedPlan{sealed: err == nil && json.Unmarshal(text, &sealed) == nil && sealed.Data != nil}
}

// maxPlan is how many bytes of a plan are read: more than any CLI writes in practice.
const maxPlan = 1 << 28

// replaces tells whether a resource of this type is to be replaced on request.
//
// A CLI plans such a resource as any other, and plans the replacement once that
// has succeeded. So a provider that refuses the first plan hears of no second.
func (c commandLine) replaces(resourceType string) bool {
	for i, arg := range c {
		flag, address, inOne := strings.Cut(arg, "=")
		if !slices.Contains([]string{"-replace", "--replace"}, flag) {
			continue
		}
		if !inOne && i+1 < len(c) {
			address = c[i+1]
		}
		if parts := strings.Split(strings.Trim(address, `"'`), "."); slices.Contains(parts[:len(parts)-1], resourceType) {
			return true
		}
	}
	return false
}
