package tunnel

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// channel is a channel of an SSH connection as a net.Conn. It differs from that of
// x/crypto in what a dead server can do to it: Close does not wait for the server,
// and it ends reads and writes under way. It refuses deadlines, as that one does;
// service.Converse has its own.
//
// Its goroutines belong to the client: they end when the server has closed the
// channel too, or with the connection.
type channel struct {
	ch     ssh.Channel
	client *client
	chunks chan []byte   // what the pump has read; closed when no more comes
	closed chan struct{} // closed by Close
	close  func()

	reading sync.Mutex // held by whoever reads
	rest    []byte     // what has come and nobody has taken yet
}

// maxChunk is how many bytes the pump reads at once: the size of a packet of
// x/crypto (ssh/channel.go, channelMaxPacket).
const maxChunk = 1 << 15

// newChannel makes a connection of an open channel, which counts as live until it
// is closed.
func newChannel(client *client, ch ssh.Channel) *channel {
	c := &channel{ch: ch, client: client, chunks: make(chan []byte), closed: make(chan struct{})}
	c.close = sync.OnceFunc(func() {
		close(c.closed)
		client.start(func() { _ = ch.Close() }) // it waits for a server that does not read
		client.leave()
	})
	if !client.start(c.pump) {
		close(c.chunks)
	}
	return c
}

// pump reads from the channel until it ends. What comes after Close is dropped.
func (c *channel) pump() {
	defer close(c.chunks)
	buffer := make([]byte, maxChunk)
	for {
		n, err := c.ch.Read(buffer)
		if n > 0 {
			select {
			case c.chunks <- slices.Clone(buffer[:n]):
			case <-c.closed:
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *channel) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	if len(c.rest) == 0 {
		select {
		case chunk, more := <-c.chunks:
			if !more {
				return 0, io.EOF
			}
			c.rest = chunk
		case <-c.closed:
			return 0, net.ErrClosed
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *channel) Write(p []byte) (int, error) {
	p = slices.Clone(p) // the caller may change it once this returns
	n := 0
	err := c.await(func() error {
		var err error
		n, err = c.ch.Write(p)
		return err
	})
	if errors.Is(err, net.ErrClosed) { // then n is another goroutine's
		return 0, err
	}
	return n, err
}

// CloseWrite says that nothing more comes from here.
func (c *channel) CloseWrite() error { return c.await(c.ch.CloseWrite) }

// await does what may wait for the server to read, until Close.
func (c *channel) await(do func() error) error {
	done := make(chan error, 1)
	if !c.client.start(func() { done <- do() }) {
		return net.ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-c.closed:
		return net.ErrClosed
	}
}

// Close ends the channel. It does not wait for the server.
func (c *channel) Close() error {
	c.close()
	return nil
}

var errNoDeadline = errors.New("tunnel: a channel has no deadlines")

func (c *channel) SetDeadline(time.Time) error      { return errNoDeadline }
func (c *channel) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (c *channel) SetWriteDeadline(time.Time) error { return errNoDeadline }

// The server does not tell the addresses.
func (c *channel) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4zero} }
func (c *channel) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }
