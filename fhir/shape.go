package fhir

import (
	"strings"
	"sync"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// shape is what FHIR says of one type: a resource, a backbone element, a data type or a primitive. It is
// read once from the google/fhir descriptor, when the type is first met.
type shape struct {
	name      string // "Patient", "CarePlan.Activity", "HumanName", "boolean"
	primitive bool
	anything  bool // any resource, by its resourceType
	once      sync.Once
	md        protoreflect.MessageDescriptor
	members   map[string]*element // by name in JSON; each type of a choice stands by itself
	folded    map[string]string   // lower case to the right name, for telling what was meant
	required  []string            // names in FHIR of the elements that must be there
	codes     map[string]struct{} // of a required binding; nil when any code is good
}

// element is one element of a shape.
type element struct {
	base     string // the name in FHIR: "value" for valueQuantity
	repeated bool
	required bool
	of       *shape
	targets  []string // of a Reference: the types that it may point at; none: any
}

var shapes = struct {
	sync.Mutex
	byName map[protoreflect.FullName]*shape
}{byName: map[protoreflect.FullName]*shape{}}

// shapeOf gives the one shape of a descriptor.
func shapeOf(md protoreflect.MessageDescriptor) *shape {
	shapes.Lock()
	defer shapes.Unlock()
	if s, ok := shapes.byName[md.FullName()]; ok {
		return s
	}
	options := md.Options()
	kind, _ := proto.GetExtension(options, apb.E_StructureDefinitionKind).(apb.StructureDefinitionKindValue)
	s := &shape{md: md, primitive: kind == apb.StructureDefinitionKindValue_KIND_PRIMITIVE_TYPE}
	s.anything = md.Name() == "ContainedResource" || md.FullName() == "google.protobuf.Any"
	s.name = strings.TrimPrefix(string(md.FullName()), string(md.ParentFile().Package())+".")
	shapes.byName[md.FullName()] = s
	return s
}

// resourceShape is the shape of a resource type, or nil.
func resourceShape(t Type) *shape {
	md, ok := resourceTypes()[t]
	if !ok {
		return nil
	}
	return shapeOf(md)
}

// elements are the members that an object of this shape may have. For a primitive they are those of the
// object beside it, "_birthDate": id and extension.
func (s *shape) elements() map[string]*element {
	s.once.Do(s.read)
	return s.members
}

func (s *shape) read() {
	fields := s.md.Fields()
	s.members = make(map[string]*element, fields.Len())
	s.folded = make(map[string]string, fields.Len())
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil {
			if f.Name() == "value" && f.Enum() != nil {
				s.codes = codesOf(f.Enum())
			}
			continue
		}
		if s.primitive && f.JSONName() != "id" && f.JSONName() != "extension" {
			continue
		}
		if s.name == "Reference" && f.ContainingOneof() != nil && f.JSONName() != "reference" {
			continue // "patientId" and its like are inside google/fhir only
		}
		requirement, _ := proto.GetExtension(f.Options(), apb.E_ValidationRequirement).(apb.Requirement)
		required := requirement == apb.Requirement_REQUIRED_BY_FHIR
		if required {
			s.required = append(s.required, f.JSONName())
		}
		if !proto.HasExtension(f.Message().Options(), apb.E_IsChoiceType) {
			s.add(f.JSONName(), &element{f.JSONName(), f.IsList(), required, shapeOf(f.Message()), targetsOf(f)})
			continue
		}
		types := f.Message().Fields()
		for j := range types.Len() {
			c := types.Get(j)
			if c.Message() == nil {
				continue
			}
			name := c.JSONName()
			s.add(f.JSONName()+strings.ToUpper(name[:1])+name[1:], &element{f.JSONName(), false, required, shapeOf(c.Message()), targetsOf(c)})
		}
	}
}

// targetsOf are the types that a reference in the field may point at.
func targetsOf(f protoreflect.FieldDescriptor) []string {
	types, _ := proto.GetExtension(f.Options(), apb.E_ValidReferenceType).([]string)
	return types
}

func (s *shape) add(name string, e *element) {
	s.members[name] = e
	s.folded[strings.ToLower(name)] = name
}

// codesOf are the codes of a value set as they are written. The enum's own names are in upper case with
// underscores; where that loses something, the original is an annotation.
func codesOf(enum protoreflect.EnumDescriptor) map[string]struct{} {
	values := enum.Values()
	codes := make(map[string]struct{}, values.Len())
	for i := range values.Len() {
		v := values.Get(i)
		if v.Number() == 0 {
			continue
		}
		code, _ := proto.GetExtension(v.Options(), apb.E_FhirOriginalCode).(string)
		if code == "" {
			code = strings.ReplaceAll(strings.ToLower(string(v.Name())), "_", "-")
		}
		codes[code] = struct{}{}
	}
	return codes
}
