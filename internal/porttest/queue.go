package porttest

import (
	"container/heap"
	"time"
)

// queue has the packets that a relay holds, the next one to go first.
type queue struct {
	packets packets
	pushed  uint64
	last    time.Time // when the packet that was pushed last goes
}

// push adds a packet that goes at due, or with inOrder no earlier than the
// packet that was pushed before it.
func (q *queue) push(due time.Time, inOrder bool, frame []byte) {
	if inOrder && due.Before(q.last) {
		due = q.last
	}
	q.last = due
	q.pushed++
	heap.Push(&q.packets, packet{due, q.pushed, frame})
}

// pop takes the next packet to go.
func (q *queue) pop() []byte {
	p, _ := heap.Pop(&q.packets).(packet)
	return p.frame
}

type packet struct {
	due   time.Time
	nth   uint64 // its number among those pushed: equal times keep their order
	frame []byte
}

// packets is a heap, see container/heap.
type packets []packet

func (p packets) Len() int { return len(p) }

func (p packets) Less(i, j int) bool {
	if p[i].due.Equal(p[j].due) {
		return p[i].nth < p[j].nth
	}
	return p[i].due.Before(p[j].due)
}

func (p packets) Swap(i, j int) { p[i], p[j] = p[j], p[i] }

func (p *packets) Push(x any) { *p = append(*p, x.(packet)) } //nolint:forcetypeassert // only queue pushes

func (p *packets) Pop() any {
	last := (*p)[len(*p)-1]
	(*p)[len(*p)-1] = packet{} // for the garbage collector
	*p = (*p)[:len(*p)-1]
	return last
}
