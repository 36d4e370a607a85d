package provider

import (
	"fmt"
	"slices"
	"strings"
)

// Situation is a check whose port once passed, as a command finds it.
type Situation struct{ OnDrift, OnFailure, Port string }

// What may be with the port.
const (
	PortOpen     = "open"
	PortDown     = "down since the last apply"
	PortStored   = "down, as a refresh stored"
	PortReopened = "open again, while state has that it was down"
	PortAccepted = "down, as an apply accepted"
)

// Circumstance is how a command is run.
type Circumstance struct{ Probes, Refreshes bool }

// ExitCodes are those of plan -detailed-exitcode, apply and destroy.
type ExitCodes struct{ Plan, Apply, Destroy int }

// MatrixRows lists all situations, those with the same exit codes together: the
// matrix of the guide "Exit codes".
func MatrixRows() (rows [][]Situation) {
	for _, s := range situations() {
		if n := len(rows); n > 0 && rows[n-1][0].Port == s.Port && rows[n-1][0].row() == s.row() {
			rows[n-1] = append(rows[n-1], s)
		} else {
			rows = append(rows, []Situation{s})
		}
	}
	return rows
}

func situations() (all []Situation) {
	for _, port := range []string{PortOpen, PortDown, PortStored, PortReopened, PortAccepted} {
		for _, onDrift := range resourceOnDrift {
			for _, onFailure := range resourceOnFailure {
				if port != PortAccepted || onFailure == onFailureWarning {
					all = append(all, Situation{onDrift, onFailure, port})
				}
			}
		}
	}
	return all
}

// ExitCodes returns what the commands end with. TestAccMatrix measures it.
func (s Situation) ExitCodes(c Circumstance) (codes ExitCodes) {
	down := s.Port == PortDown || s.Port == PortStored
	inState := s.Port == PortStored || s.Port == PortReopened
	looks := c.Probes && c.Refreshes && s.OnDrift != onDriftIgnore
	drifted := looks && down || !looks && inState
	switch {
	case !c.Probes || !drifted || s.OnDrift == onDriftWarning || s.OnDrift == onDriftIgnore:
		return codes
	case s.OnDrift == onDriftError && looks:
		return ExitCodes{1, 1, 1}
	}
	codes.Plan = 2 // apply looks, until the time is up
	if down && s.OnFailure == onFailureError {
		codes.Apply = 1
	}
	return codes
}

// row writes the exit codes of a situation for the guide.
func (s Situation) row() string {
	var b strings.Builder
	for _, c := range []Circumstance{{true, true}, {true, false}, {false, true}} {
		codes := s.ExitCodes(c)
		fmt.Fprintf(&b, " %d, %d, %d |", codes.Plan, codes.Apply, codes.Destroy)
	}
	return b.String()
}

// matrix is the table of the guide.
func matrix() string {
	var b strings.Builder
	b.WriteString("| port | `on_drift` | `on_failure` | as usual | with `-refresh=false` | with `enabled = false` |\n|---|---|---|---|---|---|\n")
	for _, row := range MatrixRows() {
		var onDrift, onFailure []string
		for _, s := range row {
			onDrift, onFailure = append(onDrift, "`"+s.OnDrift+"`"), append(onFailure, "`"+s.OnFailure+"`")
		}
		slices.Sort(onFailure)
		fmt.Fprintf(&b, "| %s | %s | %s |%s\n", row[0].Port, strings.Join(slices.Compact(onDrift), ", "), strings.Join(slices.Compact(onFailure), ", "), row[0].row())
	}
	return b.String()
}
