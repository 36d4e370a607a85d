package main

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// TestCodec: a large message is what gRPC's own codec makes of it.
func TestCodec(t *testing.T) {
	long := bytes.Repeat([]byte("x"), largeMessage)
	list := &descriptorpb.FileDescriptorSet{}
	for _, name := range []string{"a", "b"} {
		list.File = append(list.File, &descriptorpb.FileDescriptorProto{
			Name:             proto.String(name),
			PublicDependency: []int32{1, 2},
			Options: &descriptorpb.FileOptions{UninterpretedOption: []*descriptorpb.UninterpretedOption{
				{StringValue: long, PositiveIntValue: proto.Uint64(7), IdentifierValue: proto.String("z")},
			}},
		})
	}
	object, err := structpb.NewStruct(map[string]any{"a": string(long), "b": []any{1, nil, true}})
	if err != nil {
		t.Fatal(err)
	}
	codec := encoding.GetCodecV2(grpcproto.Name)
	if _, ours := codec.(frugalCodec); !ours {
		t.Fatalf("gRPC uses %T", codec)
	}
	for _, message := range []proto.Message{list, object, &anypb.Any{TypeUrl: "x", Value: long}} {
		data, err := codec.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		got := proto.Clone(message) // which the codec has to empty
		if err := codec.Unmarshal(data, got); err != nil || !proto.Equal(got, message) {
			t.Errorf("%T: %v", message, err)
		}
	}
}

// TestCodecCopies: the bytes of a large message are not copied a second time.
func TestCodecCopies(t *testing.T) {
	wire, err := proto.Marshal(&anypb.Any{Value: make([]byte, largeMessage)})
	if err != nil {
		t.Fatal(err)
	}
	allocated := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		b.ReportAllocs()
		for b.Loop() {
			if err := (frugalCodec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(wire)}, &anypb.Any{}); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > largeMessage*3/2 {
		t.Errorf("%d bytes are allocated for a message of %d", allocated, len(wire))
	}
}

func FuzzUnmarshalInto(f *testing.F) {
	for _, message := range []proto.Message{
		&descriptorpb.FileDescriptorProto{Name: proto.String("a"), MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("b")}}},
		&descriptorpb.FileDescriptorProto{Options: &descriptorpb.FileOptions{UninterpretedOption: []*descriptorpb.UninterpretedOption{{StringValue: []byte("c")}}}},
	} {
		wire, err := proto.Marshal(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		want, got := &descriptorpb.FileDescriptorProto{}, &descriptorpb.FileDescriptorProto{}
		err, ours := proto.Unmarshal(wire, want), unmarshalInto(got.ProtoReflect(), wire, protowire.DefaultRecursionLimit)
		if (err == nil) != (ours == nil) || err == nil && !proto.Equal(want, got) {
			t.Errorf("%v and %v\n%v\n%v", err, ours, want, got)
		}
	})
}
