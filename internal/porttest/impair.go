package porttest

import (
	"errors"
	"fmt"
	"time"
)

// relayDevice is the device into which a router with an impaired line sends all
// packets that it forwards, see relay.
const relayDevice = "relay0"

// Impairment is the effect of a long or bad line on the packets in each
// direction. Chance decides for each packet on its own. The zero value has no
// effect.
type Impairment struct {
	// Delay is how long a packet takes one way: a round trip takes twice that.
	Delay time.Duration
	// Jitter changes the delay of each packet by up to this much, up or down, so
	// that packets overtake each other. A delay is never negative.
	Jitter time.Duration
	// InOrder holds a packet at least until the one before it, of either
	// direction, has gone: jitter without overtaking.
	InOrder bool
	// Loss is the share of packets that are lost, in percent.
	Loss float64
	// Seed selects the sequence of random numbers.
	Seed uint64
}

func (i Impairment) check() error {
	if i.Delay < 0 || i.Jitter < 0 {
		return fmt.Errorf("delay %v, jitter %v: expected no negative ones", i.Delay, i.Jitter)
	}
	if !(i.Loss >= 0 && i.Loss <= 100) {
		return fmt.Errorf("loss %v %%: expected 0 to 100", i.Loss)
	}
	return nil
}

// Impair makes the router treat all packets that it forwards, of both families
// and all protocols, as a bad line would, before its firewall sees them. A
// second call changes the line for the packets to come; Impair(Impairment{})
// makes it good again.
//
// Packets of the router itself, such as the errors of a reject at [Router], are
// not delayed; the packets that they answer are. So their round trip takes one
// delay, not two. A packet loses two hops at the router instead of one.
func (l *Lab) Impair(line Impairment) {
	l.check("impair the line", l.impair(line))
}

func (l *Lab) impair(line Impairment) error {
	if err := line.check(); err != nil {
		return err
	}
	if l.relay != nil {
		l.relay.set(line)
		return nil
	}
	if l.synProxy {
		return errors.New("there is none before a SYN proxy")
	}
	// A router without rules has no chain yet: apply writes it, with its
	// exception for the relay.
	if err := l.apply(Router, l.wanted(Router)); err != nil {
		return err
	}
	var err error
	l.relay, err = startRelay(l.router, line)
	return err
}
