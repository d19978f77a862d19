package region_test

import (
	"bytes"
	"errors"
	"testing"

	"concord/cmd/concord/region"
	"concord/fhir"
)

func synthetic(t *testing.T, people int) [][]byte {
	t.Helper()
	var all [][]byte
	if err := region.Synthetic(people, 1, func(resource []byte) error {
		all = append(all, resource)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSyntheticPeopleAreStrictlyValidAndResolve(t *testing.T) {
	t.Parallel()
	const people = 12
	all := synthetic(t, people)
	seen := map[string]bool{}
	bytesOf, consents := 0, 0
	for _, one := range all {
		r, err := fhir.DecodeJSON(one)
		if err != nil {
			t.Fatalf("%s\n%v", one, err)
		}
		if seen[r.Ref().String()] {
			t.Errorf("%s stands twice", r.Ref())
		}
		seen[r.Ref().String()] = true
		for _, m := range reference.FindAllSubmatch(one, -1) {
			if !seen[string(m[1])] {
				t.Errorf("%s refers to %s, which did not come before it", r.Ref(), m[1])
			}
		}
		if r.Type() == "Consent" {
			consents++
		}
		bytesOf += len(one)
	}
	if each := float64(len(all)) / people; each < 55 || each > 65 {
		t.Errorf("%.1f resources a person", each)
	}
	if size := bytesOf / len(all); size < 1500 || size > 3000 {
		t.Errorf("%d bytes a resource", size)
	}
	if consents != people/4 || !seen["Patient/"+region.SyntheticID(people-1)] {
		t.Errorf("%d people have made a choice", consents)
	}
}

func TestSyntheticPeopleAreTheSameInARegionOfAnySize(t *testing.T) {
	t.Parallel()
	small, large := synthetic(t, 3), synthetic(t, 5)
	for i, one := range small {
		if !bytes.Equal(one, large[i]) {
			t.Fatalf("they differ:\n%s\n%s", one, large[i])
		}
	}
}

func TestSyntheticEndsWithTheErrorOfUse(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	if err := region.Synthetic(1, 1, func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
