package provider

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// exception is threePorts with further arguments. Port 80 is closed in these tests, and
// all else as declared. A bubble of time begins with 2000-01-01.
func exception(with map[string]any) map[string]any {
	all := maps.Clone(threePorts)
	maps.Copy(all, with)
	return all
}

func until(key, day string) map[string]any {
	waiver := tftypes.NewValue(stringsByName, map[string]tftypes.Value{"until": text(day)})
	return map[string]any{attrWaivers: map[string]tftypes.Value{key: waiver}}
}

// TestExceptionsOfVerify: an action does not wait for what is waived, and names it. One
// that is paused says so.
func TestExceptionsOfVerify(t *testing.T) {
	for name, tt := range map[string]struct {
		given       map[string]any
		lines       int // of progress
		last, ended string
	}{
		"waived":     {until("80", "2000-01-01"), 2, "2 of 3 as declared", `warning AttributeName("waivers"): tcp://192.0.2.1:80 from far is closed, declared open, but waived until 2000-01-01, which is soon`},
		"not waived": {until("80", "1999-12-31"), 6, "2 of 3 as declared", `error AttributeName("open"): Port check failed: tcp://192.0.2.1:80 from far is closed, declared open, and its waiver has ended`},
		"paused":     {map[string]any{attrPausedUntil: "2000-01-01T00:00:01Z"}, 1, "No port is probed. paused_until is 2000-01-01T00:00:01Z.", `warning AttributeName("paused_until"): No port of this object is probed`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, schemas := serverAt(t, &timetable{opens: map[uint16]time.Duration{81: 0}})
				got := invoke(t, s, configured(t, schemas.ActionSchemas[typeVerify].Schema, exception(tt.given)))
				if len(got.lines) != tt.lines || !strings.Contains(got.lines[len(got.lines)-1], tt.last) {
					t.Errorf("progress: %q", got.lines)
				}
				if said := saidOf(got.end); len(said) != 1 || !strings.HasPrefix(said[0], tt.ended) {
					t.Errorf("in the end: %q", said)
				}
			})
		})
	}
}

// TestExceptionsOfEphemeral: what is waived passes at once, and a pause gives no outcome.
func TestExceptionsOfEphemeral(t *testing.T) {
	for name, tt := range map[string]struct {
		given  map[string]any
		passed string
		took   time.Duration
	}{
		"waived":     {until("tcp://192.0.2.1:80", "2000-01-01"), `tftypes.Bool<"true">`, time.Second},
		"not waived": {until("tcp://192.0.2.1:80", "1999-12-31"), `tftypes.Bool<"false">`, 30 * time.Second},
		"paused":     {map[string]any{attrPausedUntil: "2000-01-01T00:00:01Z"}, "tftypes.Bool<null>", 0},
		"over":       {map[string]any{attrPausedUntil: "2000-01-01T00:00:00Z"}, `tftypes.Bool<"false">`, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := openEphemeral(t, &timetable{opens: map[uint16]time.Duration{81: 0}}, exception(tt.given))
				if got.values[attrPassed] != tt.passed || got.took != tt.took || len(got.said) != 1 {
					t.Errorf("passed is %s after %s: %q", got.values[attrPassed], got.took, got.said)
				}
			})
		})
	}
}
