package porttest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sizes of the ring: 4,096 frames of the usual MTU, so that a reader that does
// not run for a while loses nothing. Without a ring, the socket of an ordinary
// user holds some hundred packets.
const (
	ringFrame  = 2048
	ringBlock  = 32 * ringFrame
	ringBlocks = 128
	ringFrames = ringBlocks * ringBlock / ringFrame
)

// A frame begins with a struct virtio_net_hdr, in which the kernel says which
// checksums it has left to the device. It goes back with the frame, so that the
// kernel completes them.
const (
	virtioHeader = 10
	etherHeader  = 14
)

// ring is a packet socket on one device whose incoming frames the kernel writes
// to memory (packet(7), PACKET_RX_RING, version TPACKET_V2).
type ring struct {
	fd     int
	memory []byte
	next   int // the frame that the kernel fills next
}

// openRing opens the socket on the calling thread, which decides the namespace.
func openRing(device string) (*ring, error) {
	link, err := net.InterfaceByName(device)
	if err != nil {
		return nil, err
	}
	// Protocol 0 takes nothing before bind.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open a packet socket: %w", err)
	}
	r := &ring{fd: fd}
	if err := r.setUp(link.Index); err != nil {
		return nil, errors.Join(fmt.Errorf("set up a packet socket: %w", err), r.close())
	}
	return r, nil
}

func (r *ring) setUp(device int) error {
	for _, option := range []struct{ name, value int }{
		{unix.PACKET_VERSION, unix.TPACKET_V2},
		{unix.PACKET_VNET_HDR, 1},
		{unix.PACKET_IGNORE_OUTGOING, 1},
	} {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, option.name, option.value); err != nil {
			return err
		}
	}
	err := unix.SetsockoptTpacketReq(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq{
		Block_size: ringBlock, Block_nr: ringBlocks, Frame_size: ringFrame, Frame_nr: ringFrames,
	})
	if err != nil {
		return err
	}
	r.memory, err = unix.Mmap(r.fd, 0, ringFrames*ringFrame, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	const everything = unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8 // in network byte order
	return unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: device})
}

// take hands all frames that have arrived to use, which must not keep them, and
// tells whether there were any.
func (r *ring) take(use func(frame []byte)) bool {
	took := false
	for range ringFrames {
		slot := r.memory[r.next*ringFrame:][:ringFrame]
		header := (*unix.Tpacket2Hdr)(unsafe.Pointer(&slot[0]))
		if atomic.LoadUint32(&header.Status)&unix.TP_STATUS_USER == 0 {
			break
		}
		// A longer frame would be cut off; gso_max_segs prevents it.
		if start, end := int(header.Mac)-virtioHeader, int(header.Mac)+int(header.Snaplen); start >= 0 && end <= len(slot) && header.Snaplen == header.Len {
			use(slot[start:end])
		}
		atomic.StoreUint32(&header.Status, unix.TP_STATUS_KERNEL)
		r.next = (r.next + 1) % ringFrames
		took = true
	}
	return took
}

// send sends a frame with its virtio_net_hdr.
func (r *ring) send(frame []byte) error {
	for {
		_, err := unix.Write(r.fd, frame)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOBUFS):
			return nil // lost, as on any busy line
		case err != nil:
			return fmt.Errorf("relay a packet: %w", err)
		default:
			return nil
		}
	}
}

// wait waits for a frame, but not longer than atMost unless that is negative.
// stopped is true once the other end of stop is closed.
func (r *ring) wait(stop *os.File, atMost time.Duration) (stopped bool, err error) {
	fds := []unix.PollFd{
		{Fd: int32(r.fd), Events: unix.POLLIN},
		{Fd: int32(stop.Fd()), Events: unix.POLLIN},
	}
	var timeout *unix.Timespec
	if atMost >= 0 {
		spec := unix.NsecToTimespec(atMost.Nanoseconds())
		timeout = &spec
	}
	if _, err := unix.Ppoll(fds, timeout, nil); err != nil && !errors.Is(err, unix.EINTR) {
		return false, fmt.Errorf("wait for a packet: %w", err)
	}
	return fds[1].Revents != 0, nil
}

// await waits until a frame of the other ring arrives here. The frame's
// protocol is one for experiments, which nobody else uses and nobody relays.
func (r *ring) await(other *ring, stop *os.File) error {
	const protocol = 0x88b5
	probe := make([]byte, virtioHeader+60)
	binary.BigEndian.PutUint16(probe[virtioHeader+12:], protocol)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if err := other.send(probe); err != nil {
			return err
		}
		if _, err := r.wait(stop, time.Millisecond); err != nil {
			return err
		}
		arrived := false
		r.take(func(frame []byte) {
			arrived = arrived || binary.BigEndian.Uint16(frame[virtioHeader+12:]) == protocol
		})
		if arrived {
			return nil
		}
	}
	return errors.New("no frame passes between the devices of the relay")
}

// lost returns an error if the ring was ever full.
func (r *ring) lost() error {
	stats, err := unix.GetsockoptTpacketStats(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	if stats.Drops > 0 {
		return fmt.Errorf("relay: too slow, %d of %d packets are lost", stats.Drops, stats.Packets)
	}
	return nil
}

func (r *ring) close() error {
	var err error
	if r.memory != nil {
		err = unix.Munmap(r.memory)
	}
	return errors.Join(err, unix.Close(r.fd))
}
