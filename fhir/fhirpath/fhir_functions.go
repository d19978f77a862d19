package fhirpath

import (
	"strings"

	"concord/fhir"
)

// extension finds extensions by their url (FHIR R4, fhirpath.html#functions).
func extension(c *application) ([]Value, error) {
	url, ok, err := c.textArg(0)
	if err != nil || !ok {
		return nil, err
	}
	var found []Value
	for _, v := range c.in {
		if v.system != nil {
			continue
		}
		for _, e := range v.children(nil, "extension") {
			if e.node.Get("url").Text() == url {
				found = append(found, e)
			}
		}
	}
	return found, nil
}

// hasValue reports whether the input is one primitive, with a value and not only extensions.
func hasValue(c *application) ([]Value, error) {
	return []Value{truth(len(c.in) == 1 && c.in[0].atom() != nil)}, nil
}

// getValue is the value of a primitive as one of FHIRPath's own types.
func getValue(c *application) ([]Value, error) {
	if len(c.in) != 1 {
		return nil, nil
	}
	return computed(c.in[0].atom()), nil
}

// resolve finds what references point at: in the resource, or by Env.Resolve. What is not found is left out.
func resolve(c *application) ([]Value, error) {
	var found []Value
	for _, v := range c.in {
		reference := v.node.Get("reference").Text()
		if text, ok := v.atom().(text); ok {
			reference = string(text)
		}
		if target, ok := c.run.target(reference, v); ok {
			found = append(found, target)
		}
	}
	return found, nil
}

// target is what a reference points at. Nothing resolving, it is a value that has a type and no elements.
func (r *run) target(reference string, from Value) (Value, bool) {
	if id, ok := strings.CutPrefix(reference, "#"); ok {
		return r.contained(id)
	}
	if r.env.Resolve != nil {
		if reference == "" {
			return Value{}, false
		}
		return r.env.Resolve(reference)
	}
	typ := from.node.Get("type").Text()
	if steps := strings.Split(reference, "/"); typ == "" && len(steps) >= 2 {
		if k := len(steps) - 2; k >= 2 && steps[k] == "_history" {
			steps = steps[:k]
		}
		typ = steps[len(steps)-2]
	}
	d, ok := fhir.DefinitionOf(typ)
	return Value{definition: d}, ok && d.Resource()
}

// contained finds a resource inside the one at hand; "#" alone is the one that contains (FHIR R4, references.html).
func (r *run) contained(id string) (Value, bool) {
	if id == "" {
		return r.env.Root, r.env.Root.ok()
	}
	for _, holder := range []Value{r.env.Root, r.env.Resource} {
		for _, v := range holder.children(nil, "contained") {
			if v.node.Get("id").Text() == id {
				return v, true
			}
		}
	}
	return Value{}, false
}

// memberOf asks Env whether a code, Coding or CodeableConcept is in a value set. What is not known gives nothing.
func memberOf(c *application) ([]Value, error) {
	valueSet, ok, err := c.textArg(0)
	if err != nil || !ok || len(c.in) == 0 {
		return nil, err
	}
	if len(c.in) > 1 {
		return nil, failed("memberOf is asked of one value, and here are several")
	}
	if c.run.env.MemberOf == nil {
		return nil, nil
	}
	result := unknown
	switch v := c.in[0]; {
	case v.definition.Name() == "Coding":
		result = c.run.member(valueSet, v.node)
	case v.definition.Name() == "CodeableConcept":
		result = no
		for coding := range v.node.Get("coding").Each() {
			result = and(result.not(), c.run.member(valueSet, coding).not()).not()
		}
	case v.atom() != nil:
		in, known := c.run.env.MemberOf(valueSet, "", v.Text())
		if known {
			result = trileanOf(in)
		}
	default:
		return nil, failed("memberOf is asked of a code, a Coding or a CodeableConcept")
	}
	return result.values(), nil
}

// member asks Env for one Coding.
func (r *run) member(valueSet string, coding fhir.Node) trilean {
	in, known := r.env.MemberOf(valueSet, coding.Get("system").Text(), coding.Get("code").Text())
	if !known {
		return unknown
	}
	return trileanOf(in)
}

// conformsTo knows the types of the standard; profiles are not its business, and asking for one is an error.
func conformsTo(c *application) ([]Value, error) {
	url, ok, err := c.textArg(0)
	if err != nil || !ok || len(c.in) == 0 {
		return nil, err
	}
	name, ok := strings.CutPrefix(url, "http://hl7.org/fhir/StructureDefinition/")
	if _, known := fhir.DefinitionOf(name); !ok || !known {
		return nil, failed("conformsTo knows the types of FHIR R4 only, and this is none")
	}
	return typeSpecifier{"FHIR", name}.is(c.in)
}
