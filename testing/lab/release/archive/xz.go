package archive

import (
	"bufio"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
)

// The numbers below are those of "The .xz File Format", version 1.1, and of LZMA2's chunk headers.
const (
	chunkMax = 1 << 16 // an uncompressed LZMA2 chunk holds at most 64 KiB

	chunkEnd   = 0x00
	chunkFirst = 0x01 // uncompressed, resets the dictionary
	chunkNext  = 0x02 // uncompressed

	checkCRC32 = 0x01
	filterID   = 0x21 // LZMA2
	dictSize   = 0x10 // 1 MiB
)

var streamFlags = []byte{0x00, checkCRC32}

// XZ is an io.WriteCloser that wraps what is written to it as one xz stream of uncompressed chunks.
type XZ struct {
	w     *bufio.Writer
	err   error
	check hash.Hash32
	chunk []byte
	begun bool
	data  uint64 // bytes of the block's data so far, chunk headers included
	size  uint64 // bytes written by the user
}

// NewXZ starts a stream on w. Close ends the stream and leaves w open.
func NewXZ(w io.Writer) *XZ {
	x := &XZ{w: bufio.NewWriterSize(w, 2*chunkMax), check: crc32.NewIEEE(), chunk: make([]byte, 0, chunkMax)}
	x.put([]byte{0xFD, '7', 'z', 'X', 'Z', 0x00})
	x.put(withCRC(streamFlags))
	// Size of this header in words minus one, no optional fields, one filter with one byte of properties, padding.
	x.put(withCRC([]byte{blockHeaderSize/4 - 1, 0x00, filterID, 0x01, dictSize, 0, 0, 0}))
	return x
}

const blockHeaderSize = 12

// Write adds p to the stream.
func (x *XZ) Write(p []byte) (int, error) {
	written := len(p)
	x.check.Write(p)
	x.size += uint64(len(p))
	for len(p) > 0 && x.err == nil {
		n := min(len(p), chunkMax-len(x.chunk))
		x.chunk = append(x.chunk, p[:n]...)
		p = p[n:]
		if len(x.chunk) == chunkMax {
			x.flush()
		}
	}
	return written, x.err
}

// Close ends the block, writes the index and the footer, and flushes.
func (x *XZ) Close() error {
	x.flush()
	x.put([]byte{chunkEnd})
	x.data++
	x.put(make([]byte, padding(x.data)))
	x.put(binary.LittleEndian.AppendUint32(nil, x.check.Sum32()))

	index := []byte{0x00}
	index = binary.AppendUvarint(index, 1) // one block
	index = binary.AppendUvarint(index, blockHeaderSize+x.data+4)
	index = binary.AppendUvarint(index, x.size)
	index = append(index, make([]byte, padding(uint64(len(index))))...)
	index = withCRC(index)
	x.put(index)

	tail := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	tail = append(tail, streamFlags...)
	x.put(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(tail)))
	x.put(append(tail, 'Y', 'Z'))
	if x.err == nil {
		x.err = x.w.Flush()
	}
	return x.err
}

// flush writes what has gathered as one chunk.
func (x *XZ) flush() {
	if len(x.chunk) == 0 {
		return
	}
	kind := byte(chunkNext)
	if !x.begun {
		kind, x.begun = chunkFirst, true
	}
	x.put(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(x.chunk)-1)))
	x.put(x.chunk)
	x.data += 3 + uint64(len(x.chunk))
	x.chunk = x.chunk[:0]
}

func (x *XZ) put(p []byte) {
	if x.err == nil {
		_, x.err = x.w.Write(p)
	}
}

func withCRC(p []byte) []byte {
	return binary.LittleEndian.AppendUint32(p, crc32.ChecksumIEEE(p))
}

// padding is how many bytes bring n to a multiple of four.
func padding(n uint64) uint64 { return -n % 4 }
