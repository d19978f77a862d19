package fhir

import (
	"slices"
	"sync"

	bcr "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// resourceTypes is every type of resource in R4 (FHIR R4, resourcelist.html), each with the descriptor of its content. The
// one list of them is the oneof of google/fhir's ContainedResource.
var resourceTypes = sync.OnceValue(func() map[Type]protoreflect.MessageDescriptor {
	fields := (&bcr.ContainedResource{}).ProtoReflect().Descriptor().Fields()
	types := make(map[Type]protoreflect.MessageDescriptor, fields.Len())
	for i := range fields.Len() {
		md := fields.Get(i).Message()
		types[Type(md.Name())] = md
	}
	return types
})

var sortedTypes = sync.OnceValue(func() []Type {
	types := make([]Type, 0, len(resourceTypes()))
	for t := range resourceTypes() {
		types = append(types, t)
	}
	slices.Sort(types)
	return types
})

// KnownType reports whether R4 has a resource type of this name. Case matters.
func KnownType(t Type) bool {
	_, ok := resourceTypes()[t]
	return ok
}

// Types is every resource type of R4, in alphabetical order.
func Types() []Type { return slices.Clone(sortedTypes()) }
