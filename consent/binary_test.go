package consent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ugorji/go/codec"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

var (
	genText = rapid.StringMatching(`[a-zé|/ ]{0,12}`)
	genTime = rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-1<<34, 1<<34).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
	genRef  = rapid.Custom(func(t *rapid.T) fhir.Ref { return fhir.Ref{Type: "Patient", ID: fhir.ID(genText.Draw(t, "id"))} })
	genCode = rapid.Custom(func(t *rapid.T) consent.Code {
		return consent.Code{System: genText.Draw(t, "system"), Code: genText.Draw(t, "code")}
	})
	genParty = rapid.Custom(func(t *rapid.T) consent.Party {
		return consent.Party{Ref: genRef.Draw(t, "ref"), Identifier: genCode.Draw(t, "id")}
	})
	genSpan = rapid.Custom(func(t *rapid.T) consent.Span {
		var s consent.Span
		if rapid.Bool().Draw(t, "from") {
			s.From = genTime.Draw(t, "start")
		}
		if rapid.Bool().Draw(t, "to") {
			s.To = genTime.Draw(t, "end")
		}
		return s
	})
	genRule = rapid.Custom(func(t *rapid.T) consent.Rule {
		period := genSpan.Draw(t, "data period")
		return consent.Rule{
			Ref: genRef.Draw(t, "consent"), Active: rapid.Bool().Draw(t, "active"), Identifiers: rapid.SliceOfN(genCode, 0, 3).Draw(t, "identifiers"),
			Performers: rapid.SliceOfN(genParty, 0, 2).Draw(t, "performers"), Given: genSpan.Draw(t, "given"),
			Domain: rapid.SliceOfN(genParty, 0, 2).Draw(t, "domain"), Pending: rapid.Bool().Draw(t, "pending"), Superseded: genTime.Draw(t, "superseded"), Recorded: rapid.Bool().Draw(t, "recorded"),
			Readings: []consent.Provision{{
				Levels: []consent.Level{consent.LevelN}, Topics: []consent.Topics{consent.TopicHIV}, Labels: rapid.SliceOfN(genCode, 0, 2).Draw(t, "labels"),
				Related: rapid.SliceOfN(genRef, 0, 2).Draw(t, "related"), Dependents: rapid.SliceOfN(genRef, 0, 2).Draw(t, "dependents"),
				Permit: rapid.Bool().Draw(t, "permit"), Period: genSpan.Draw(t, "period"), DataPeriod: &period,
				Actors:     []consent.Actor{{Kind: consent.Custodian, Party: genParty.Draw(t, "actor")}},
				Provisions: []consent.Provision{{Class: rapid.SliceOfN(genCode, 0, 3).Draw(t, "class"), Odd: consent.OddData}},
			}},
		}
	})
)

func TestFactsSurviveBeingStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule := genRule.Draw(t, "rule")
		died := genTime.Draw(t, "died")
		f := &consent.Facts{
			Ref: genRef.Draw(t, "ref"), Deleted: rapid.Bool().Draw(t, "deleted"), About: rapid.SliceOfN(genRef, 0, 3).Draw(t, "about"),
			Sections: care.Set(rapid.Uint32().Draw(t, "sections")), Class: rapid.SliceOfN(genCode, 0, 4).Draw(t, "class"),
			Codes: rapid.SliceOfN(genCode, 0, 9).Draw(t, "codes"), Events: rapid.SliceOfN(genSpan, 0, 3).Draw(t, "events"),
			Authors: rapid.SliceOfN(genParty, 0, 3).Draw(t, "authors"), Sender: genRef.Draw(t, "sender"), Seal: consent.Locked,
			Held: consent.HeldThirdParty, NoneKnown: rapid.Bool().Draw(t, "none"),
			Cuts:  []fhir.Cut{{Kind: fhir.CutInline, Start: 3, End: 9, Prev: -1, Next: -1, Up: -1, Target: genRef.Draw(t, "target"), Path: "X.y[0]"}},
			Parts: []consent.Part{{Cut: 0, Whole: true, Codes: rapid.SliceOfN(genCode, 0, 2).Draw(t, "part")}},
			Gives: consent.Gives{
				Rule: &rule, Patient: &consent.Patient{Death: &died, Birth: genSpan.Draw(t, "birth")},
				Ties:  []consent.Tie{{Kind: consent.TieRelated, Who: genParty.Draw(t, "who"), Period: genSpan.Draw(t, "tie"), Parental: true, By: genRef.Draw(t, "by"), Short: true}},
				Entry: &consent.Entry{Kind: consent.OrgHousing, Name: genText.Draw(t, "name")},
			},
			Labels: consent.Labels{
				Rules: rapid.Uint64().Draw(t, "rules"), Level: consent.LevelR, Topics: consent.TopicHIV, Other: rapid.SliceOfN(genCode, 0, 2).Draw(t, "other"),
				Basis: []consent.Basis{{Label: genCode.Draw(t, "label"), Rule: genText.Draw(t, "rule"), Word: true}},
			},
			Links: []consent.Link{{To: genRef.Draw(t, "to"), Member: true}}, Purposes: []string{genText.Draw(t, "purpose")},
			Face: consent.Face{Version: genText.Draw(t, "version"), Updated: genTime.Draw(t, "updated")},
		}
		back, err := consent.FactsFrom(f.Binary())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("facts (-stored +read):\n%s", diff)
		}
		readByOthers(t, f)
	})
}

// readByOthers compares with a library for all of MessagePack, which wrote the stores there have been until now.
func readByOthers(t *rapid.T, f *consent.Facts) {
	handle := &codec.MsgpackHandle{WriteExt: true}
	handle.StructToArray, handle.Canonical = true, true
	var theirs consent.Facts
	if err := codec.NewDecoderBytes(f.Binary(), handle).Decode(&theirs); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, &theirs, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("facts (-stored +read by the library):\n%s", diff)
	}
	var data []byte
	if err := codec.NewEncoderBytes(&data, handle).Encode(f); err != nil {
		t.Fatal(err)
	}
	ours, err := consent.FactsFrom(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, ours, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("facts (-stored by the library +read):\n%s", diff)
	}
}

func TestStandingSurvivesBeingStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &consent.Standing{
			Person: consent.Person(genText.Draw(t, "person")), Version: rapid.Int64().Draw(t, "version"),
			Patients: []consent.Patient{{Ref: genRef.Draw(t, "patient"), Birth: genSpan.Draw(t, "birth"), Official: []consent.Code{genCode.Draw(t, "id")}}},
			Rules:    rapid.SliceOfN(genRule, 0, 3).Draw(t, "rules"), Senders: rapid.SliceOfN(genRef, 0, 3).Draw(t, "senders"),
			Edges: []consent.Edge{{From: genRef.Draw(t, "from"), To: genRef.Draw(t, "to"), Member: true}}, Edged: true,
			Glass: []consent.Opened{{Who: genParty.Draw(t, "who"), From: genTime.Draw(t, "opened"), To: genTime.Draw(t, "closed")}},
		}
		back, err := consent.StandingFrom(s.Binary())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("standing (-stored +read):\n%s", diff)
		}
		if string(s.Binary()) != string(back.Binary()) {
			t.Fatal("equal standings are not equal bytes")
		}
	})
}

func FuzzFactsFrom(f *testing.F) {
	f.Add((&consent.Facts{Ref: ref("Patient/1")}).Binary())
	f.Add([]byte{0xdd, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		if facts, err := consent.FactsFrom(data); err == nil {
			if _, err := consent.FactsFrom(facts.Binary()); err != nil {
				t.Fatalf("what was read cannot be read again: %v", err)
			}
		} else if !strings.HasPrefix(err.Error(), "read facts: ") {
			t.Fatal(err)
		}
	})
}
