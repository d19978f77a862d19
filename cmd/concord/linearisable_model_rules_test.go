package main

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// What the model itself allows, in histories of a few operations.
func TestTheModelOfRevocation(t *testing.T) {
	t.Parallel()
	begin := kin{}.begin()
	deny := call{name: "deny", flip: noGoals, to: true}
	permit := call{name: "permit", flip: noGoals}
	goal := call{name: "read", viewer: hospital, asked: those(theGoal)}
	saw, hid := ending{seen: those(theGoal)}, ending{}
	op := func(c call, e ending, from, to int64) porcupine.Operation {
		return porcupine.Operation{Input: c, Output: e, Call: from, Return: to}
	}
	for _, tt := range []struct {
		name string
		ops  []porcupine.Operation
		want bool
	}{
		{"a read before the withdrawal sees", []porcupine.Operation{op(goal, saw, 0, 1), op(deny, ending{}, 2, 3)}, true},
		{"a read after it does not", []porcupine.Operation{op(deny, ending{}, 0, 1), op(goal, hid, 2, 3)}, true},
		{"a read after it that sees is a fault", []porcupine.Operation{op(deny, ending{}, 0, 1), op(goal, saw, 2, 3)}, false},
		{"a read while it is under way may see", []porcupine.Operation{op(deny, ending{}, 0, 9), op(goal, saw, 2, 3)}, true},
		{"or not", []porcupine.Operation{op(deny, ending{}, 0, 9), op(goal, hid, 2, 3)}, true},
		{"nobody sees again what another has found hidden", []porcupine.Operation{op(deny, ending{}, 0, 9), op(goal, hid, 2, 3), op(goal, saw, 4, 5)}, false},
		{"a withdrawal in doubt may be in force", []porcupine.Operation{op(deny, ending{doubt: true}, 0, 1), op(goal, hid, 2, 3)}, true},
		{"or not", []porcupine.Operation{op(deny, ending{doubt: true}, 0, 1), op(goal, saw, 2, 3)}, true},
		{"but not both in turn", []porcupine.Operation{op(deny, ending{doubt: true}, 0, 1), op(goal, hid, 2, 3), op(goal, saw, 4, 5)}, false},
		{"what is permitted again is seen", []porcupine.Operation{op(deny, ending{}, 0, 1), op(permit, ending{}, 2, 3), op(goal, saw, 4, 5)}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := porcupine.CheckOperations(familyModel(begin), tt.ops); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
