package region_test

import (
	"slices"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/care"
)

// each walks everything in a resource, from the top.
func each(n fhir.Node, visit func(fhir.Node)) {
	for one := range n.Each() { // a value that is not an array is given itself
		visit(one)
		for _, member := range one.Members() {
			each(member, visit)
		}
	}
}

func TestCodesOfOurOwnSystemsAreKnownWords(t *testing.T) {
	t.Parallel()
	kinds := []string{care.KindHealth, care.KindSocial, care.KindVoluntary}
	known := map[string]func(code string) bool{
		care.SystemCategory: func(code string) bool { _, ok := care.WordOf(care.SystemCategory, code); return ok },
		care.SystemAboutMe:  func(code string) bool { _, ok := care.WordOf(care.SystemAboutMe, code); return ok },
		care.SystemSection:  func(code string) bool { _, ok := care.SectionByCode(code); return ok },
		care.SystemKind:     func(code string) bool { return slices.Contains(kinds, code) },
		care.SystemLabel:    func(code string) bool { return code == care.LabelNotYetTold },
		care.SystemTalk: func(code string) bool {
			return slices.Contains([]string{care.TalkEngage, care.TalkEnable, care.TalkManage}, code)
		},
		care.SystemBudget: func(code string) bool { return code == care.BudgetHealth || code == care.BudgetIntegrated },
		care.SystemRole: func(code string) bool {
			return slices.Contains([]string{
				care.RoleClinician, care.RoleNurse, care.RoleReception, care.RoleLinkWorker, care.RoleVolunteer,
				care.RoleSocialWorker, care.RoleKeyWorker, care.RoleCallTonight, care.RoleCarer,
			}, code)
		},
	}
	for _, r := range decoded(t) {
		each(r.Root(), func(n fhir.Node) {
			system := n.Get("system").Text()
			if !strings.HasPrefix(system, care.Base+"/CodeSystem/") {
				return
			}
			if ok := known[system]; ok == nil || !ok(n.Get("code").Text()) {
				t.Errorf("%s: %s of %s is no word of ours", r.Ref(), n.Get("code").Text(), system)
			}
		})
	}
}

func TestExtensionsOfOursStandWhereTheyMay(t *testing.T) {
	t.Parallel()
	table := map[string]care.Extension{}
	for _, e := range care.Extensions() {
		table[e.URL] = e
	}
	for _, r := range decoded(t) {
		each(r.Root(), func(n fhir.Node) {
			url := n.Get("url").Text()
			if !strings.HasPrefix(url, care.Base) {
				return
			}
			e, ok := table[url]
			if !ok {
				t.Errorf("%s: %s is no extension of ours", r.Ref(), url)
				return
			}
			if !n.Get("value" + e.Type).OK() {
				t.Errorf("%s: %s should have a value%s", r.Ref(), url, e.Type)
			}
			stands := func(on string) bool { typ, _, _ := strings.Cut(on, "."); return typ == string(r.Type()) }
			if !slices.ContainsFunc(e.On, stands) {
				t.Errorf("%s: %s may not stand on a %s", r.Ref(), url, r.Type())
			}
		})
	}
}
