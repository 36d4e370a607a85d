package main

import (
	"errors"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// largeMessage is the size in bytes from which a message is worth saving a copy of.
const largeMessage = 1 << 20

// frugalCodec is gRPC's codec, with one copy less of a large message, such as the
// file of a scanner: gRPC joins the pieces that it received, and protobuf copies the
// texts out of that. Here the texts stay where they were joined.
type frugalCodec struct{ encoding.CodecV2 }

// gRPC takes codecs only from an init.
func init() { encoding.RegisterCodecV2(frugalCodec{encoding.GetCodecV2(grpcproto.Name)}) }

// Unmarshal implements [encoding.CodecV2].
func (c frugalCodec) Unmarshal(data mem.BufferSlice, v any) error {
	message, ok := v.(proto.Message)
	if data.Len() < largeMessage || !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	proto.Reset(message)
	return unmarshalInto(message.ProtoReflect(), data.Materialize(), protowire.DefaultRecursionLimit)
}

var errTooDeep = errors.New("there are too many messages in each other")

// unmarshalInto adds the fields in b to m, whose bytes are then parts of b. Messages
// may be in each other depth deep.
func unmarshalInto(m protoreflect.Message, b []byte, depth int) error {
	if depth == 0 {
		return errTooDeep
	}
	var others []byte // fields that protobuf reads
	for len(b) > 0 {
		number, kind, start := protowire.ConsumeTag(b)
		if start < 0 {
			return protowire.ParseError(start)
		}
		length := protowire.ConsumeFieldValue(number, kind, b[start:])
		if length < 0 {
			return protowire.ParseError(length)
		}
		whole := b[:start+length]
		b = b[start+length:]
		field := m.Descriptor().Fields().ByNumber(number)
		if kind != protowire.BytesType || !hasParts(field) {
			others = append(others, whole...)
			continue
		}
		content, _ := protowire.ConsumeBytes(whole[start:])
		if err := setParts(m, field, content, depth); err != nil {
			return err
		}
	}
	return proto.UnmarshalOptions{Merge: true}.Unmarshal(others, m.Interface())
}

// hasParts tells whether a field, which may be unknown, is one of bytes or of
// messages. Several fields of a oneof are read in their order, so none of them is.
func hasParts(field protoreflect.FieldDescriptor) bool {
	if field == nil || field.IsMap() || field.ContainingOneof() != nil {
		return false
	}
	return field.Message() != nil || field.Kind() == protoreflect.BytesKind && !field.IsList()
}

// setParts sets a field that has parts of content.
func setParts(m protoreflect.Message, field protoreflect.FieldDescriptor, content []byte, depth int) error {
	switch {
	case field.Message() == nil:
		m.Set(field, protoreflect.ValueOfBytes(content[:len(content):len(content)]))
		return nil
	case field.IsList():
		return unmarshalInto(m.Mutable(field).List().AppendMutable().Message(), content, depth-1)
	}
	return unmarshalInto(m.Mutable(field).Message(), content, depth-1)
}
