package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// call is one operation of a history: a change, or a read where asked is not empty.
type call struct {
	name string

	flip facts // it makes this fact so
	to   bool

	opens   bool // the doctor viewer breaks the glass
	relabel bool // it labels a thing by under
	thing   int

	viewer  int
	asked   seen  // it asks for these
	through seen  // and is shown nothing without all of these
	under   uint8 // the label rules of the node that was asked
}

// ending is how a call ended. Of a change that is in doubt nobody was told whether it was done.
type ending struct {
	seen  seen
	doubt bool
}

// after is the state when a call has taken effect.
func (f kinship) after(c call) kinship {
	switch {
	case c.relabel:
		f.rules[c.thing] = c.under
	case c.opens:
		f.glass[c.viewer-firstDoctor] = true
	case c.to:
		f.in |= c.flip
	default:
		f.in &^= c.flip
	}
	return f
}

// familyModel is the whole of what a family may answer.
func familyModel(begin kinship) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{begin} },
		Step: func(state, input, output any) []any {
			f, c, a := state.(kinship), input.(call), output.(ending)
			switch {
			case c.asked != 0 && f.allows(c, a.seen):
				return []any{f}
			case c.asked != 0:
				return nil
			case a.doubt:
				return []any{f, f.after(c)}
			default:
				return []any{f.after(c)}
			}
		},
		Hash: func(state any) uint64 {
			f := state.(kinship)
			h := uint64(f.in)
			for _, open := range f.glass {
				h <<= 1
				if open {
					h++
				}
			}
			for _, rules := range f.rules {
				h = h<<1 + uint64(rules)
			}
			return h
		},
		DescribeOperation: func(input, output any) string { return describeCall(input.(call), output.(ending)) },
	}
	return model.ToModel()
}

func describeCall(c call, a ending) string {
	switch {
	case c.asked != 0:
		return fmt.Sprintf("%s under rules %d: %s", c.name, c.under, a.seen)
	case a.doubt:
		return c.name + ", in doubt"
	default:
		return c.name
	}
}

// judged asks the checker about one family, and explains what it does not allow.
func judged(h *history) (porcupine.CheckResult, string) {
	ops := h.operations()
	result, info := porcupine.CheckOperationsVerbose(familyModel(h.start), ops, 2*time.Minute)
	switch result {
	case porcupine.Illegal:
		return result, unexplained(h, ops, info)
	case porcupine.Unknown:
		return result, fmt.Sprintf("%d operations are too many to find an order for in time", len(ops))
	default:
		return result, ""
	}
}

// unexplained shows the end of the longest order that was found, and what could not follow.
func unexplained(h *history, ops []porcupine.Operation, info porcupine.LinearizationInfo) string {
	var longest []int
	for _, one := range info.PartialLinearizations()[0] {
		if len(one) > len(longest) {
			longest = one
		}
	}
	placed := map[int]bool{}
	for _, i := range longest {
		placed[i] = true
	}
	var b strings.Builder
	write := func(mark string, op porcupine.Operation) {
		fmt.Fprintf(&b, "%s %9.3f to %9.3f ms, client %d: %s\n", mark, float64(op.Call)/1e6, float64(op.Return)/1e6, op.ClientId,
			describeCall(op.Input.(call), op.Output.(ending)))
	}
	fmt.Fprintf(&b, "of %d operations %d can be put in order; the last of them, what was so after them, and what (?) could not follow:\n", len(ops), len(longest))
	model, state := familyModel(h.start), familyModel(h.start).Init()
	for n, i := range longest {
		_, state = model.Step(state, ops[i].Input, ops[i].Output)
		if n >= len(longest)-25 {
			write("  ", ops[i])
		}
	}
	for _, one := range state.([]any) {
		f := one.(kinship)
		fmt.Fprintf(&b, "in force: %s; open to doctors: %t; labelled by: %d\n", f.in, f.glass, f.rules)
	}
	soonest := int64(1 << 62)
	for i, op := range ops {
		if !placed[i] {
			soonest = min(soonest, op.Return)
		}
	}
	for i, op := range ops {
		if !placed[i] && op.Call <= soonest {
			write("? ", op)
		}
	}
	return b.String()
}
