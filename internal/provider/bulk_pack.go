package provider

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unsafe"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// This file reads and writes the MessagePack of the values that bulk carries, with
// the library that terraform-plugin-go and the CLIs use. A buffer takes everything,
// so that no writing fails.

// eachAttribute returns an object with what replace returns in place of each of its
// attributes. It is false if raw is no object.
func eachAttribute(raw []byte, replace func(name string, raw []byte) []byte) (object []byte, ok bool) {
	r := bytes.NewReader(raw)
	dec := msgpack.NewDecoder(r)
	n, ok := unpackLen(dec, isMap, dec.DecodeMapLen)
	if !ok {
		return nil, false
	}
	var out bytes.Buffer
	enc := msgpack.NewEncoder(&out)
	_ = enc.EncodeMapLen(n)
	for range n {
		name, ok := unpackString(dec)
		from := len(raw) - r.Len()
		if !ok || dec.Skip() != nil {
			return nil, false
		}
		_ = enc.EncodeString(name)
		out.Write(replace(name, raw[from:len(raw)-r.Len()]))
	}
	return out.Bytes(), true
}

// isBulk tells whether raw is a map of strings or of lists of strings, and all of it
// is known.
func isBulk(raw []byte) bool {
	return unpackMap(raw, func(string, string) {}, unpackString) || unpackMap(raw, func(string, []string) {}, unpackList)
}

// unpackMap calls each with the elements of a map. It is false, sooner or later, if
// raw is another value.
func unpackMap[V any](raw []byte, each func(key string, v V), unpack func(*msgpack.Decoder) (V, bool)) bool {
	dec := msgpack.NewDecoder(bytes.NewReader(raw))
	n, ok := unpackLen(dec, isMap, dec.DecodeMapLen)
	if !ok {
		return false
	}
	for range n {
		key, ok := unpackString(dec)
		if !ok {
			return false
		}
		v, ok := unpack(dec)
		if !ok {
			return false
		}
		each(key, v)
	}
	return true
}

func unpackList(dec *msgpack.Decoder) ([]string, bool) {
	n, ok := unpackLen(dec, isArray, dec.DecodeArrayLen)
	if !ok {
		return nil, false
	}
	list := []string{}
	for range n {
		s, ok := unpackString(dec)
		if !ok {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}

func unpackString(dec *msgpack.Decoder) (string, bool) {
	if code, err := dec.PeekCode(); err != nil || !msgpcode.IsString(code) {
		return "", false
	}
	s, err := dec.DecodeString()
	return s, err == nil
}

// unpackLen returns what length returns, if the next value is what is wants.
func unpackLen(dec *msgpack.Decoder, is func(code byte) bool, length func() (int, error)) (int, bool) {
	if code, err := dec.PeekCode(); err != nil || !is(code) {
		return 0, false
	}
	n, err := length()
	return n, err == nil
}

func isMap(code byte) bool {
	return msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32
}

func isArray(code byte) bool {
	return msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32
}

// unpackText returns the text that raw is, which stays where it is: a copy would be
// as large as the file of a scanner. Nobody may write to raw from now on.
func unpackText(raw []byte) (string, bool) {
	r := bytes.NewReader(raw)
	dec := msgpack.NewDecoder(r)
	n, ok := unpackLen(dec, msgpcode.IsString, dec.DecodeBytesLen)
	if !ok || n <= 0 || n != r.Len() {
		return "", false
	}
	return unsafe.String(&raw[len(raw)-n], n), true //nolint:gosec // see above
}

func packText(s string) []byte {
	var b bytes.Buffer
	_ = msgpack.NewEncoder(&b).EncodeString(s)
	return b.Bytes()
}

// packMark returns a map, of strings or of lists, that is a mark.
func packMark(mark string) []byte {
	var b bytes.Buffer
	enc := msgpack.NewEncoder(&b)
	_ = enc.EncodeMapLen(1)
	_ = enc.EncodeString(mark)
	_ = enc.EncodeNil()
	return b.Bytes()
}

// packMap writes a map as the CLIs do, in the order of its keys.
func packMap[K ~string, V any](m map[K]V, pack func(*msgpack.Encoder, V)) []byte {
	keys := slices.AppendSeq(make([]K, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	var b bytes.Buffer
	enc := msgpack.NewEncoder(&b)
	_ = enc.EncodeMapLen(len(m))
	for _, key := range keys {
		_ = enc.EncodeString(string(key))
		pack(enc, m[key])
	}
	return b.Bytes()
}

func packString(enc *msgpack.Encoder, s string) { _ = enc.EncodeString(s) }

func packList(enc *msgpack.Encoder, list []string) {
	_ = enc.EncodeArrayLen(len(list))
	for _, s := range list {
		_ = enc.EncodeString(s)
	}
}

// packJSON returns a map of strings or of lists of strings, which is JSON in text, as
// MessagePack. It is false for another value, and if an element is null.
func packJSON(text []byte) ([]byte, bool) {
	if texts, ok := decodeJSON(text, func(s *string) (string, bool) { return *s, true }); ok {
		return packMap(texts, packString), true
	}
	lists, ok := decodeJSON(text, func(list *[]*string) ([]string, bool) {
		ports := make([]string, len(*list))
		for i, s := range *list {
			if s == nil {
				return nil, false
			}
			ports[i] = *s
		}
		return ports, true
	})
	return packMap(lists, packList), ok
}

// decodeJSON decodes a map without null elements, each as element has it.
func decodeJSON[J, V any](text []byte, element func(*J) (V, bool)) (map[string]V, bool) {
	var all map[string]*J
	if json.Unmarshal(text, &all) != nil || all == nil {
		return nil, false
	}
	m := make(map[string]V, len(all))
	for key, v := range all {
		if v == nil {
			return nil, false
		}
		var ok bool
		if m[key], ok = element(v); !ok {
			return nil, false
		}
	}
	return m, true
}
