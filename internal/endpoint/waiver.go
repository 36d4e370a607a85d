package endpoint

import "time"

// Waiver excuses the failure of an endpoint until a day is over.
type Waiver struct {
	Until  time.Time // when the last day begins, UTC
	Reason string    // as written; may be empty
}

// ParseDay reads a day of the calendar, such as 2026-12-31, and returns when it
// begins, in UTC. ok is false if text is not one.
func ParseDay(text string) (day time.Time, ok bool) {
	day, err := time.Parse(time.DateOnly, text)
	return day, err == nil
}

// LastDay is the last day on which w holds, as [ParseDay] reads it.
func (w Waiver) LastDay() string { return w.Until.Format(time.DateOnly) }

// Ended tells whether w holds no longer at now. It holds to the end of its last day
// in UTC.
func (w Waiver) Ended(now time.Time) bool { return !now.Before(w.Ends()) }

// EndsWithin tells whether w ends within t from now; it has not ended.
func (w Waiver) EndsWithin(t time.Duration, now time.Time) bool { return !now.Add(t).Before(w.Ends()) }

// Ends is the first moment at which w holds no longer.
func (w Waiver) Ends() time.Time { return w.Until.AddDate(0, 0, 1) }
