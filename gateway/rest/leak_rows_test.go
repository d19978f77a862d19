package rest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// leakRow is one row of CONSENT rules section 10: a channel by which a hidden thing could show, and the tests by which it is
// known not to. Each has been seen to go red when the answer to its row was broken.
type leakRow struct {
	channel string
	tests   []string // TestName or TestName/subtest; of another room: room.TestName
	notYet  string   // the feature of which the row speaks, or a part of it, that does not exist here: its test comes with it
}

// leakRows are all the rows, in their order.
var leakRows = []leakRow{
	1:  {channel: "reading a hidden thing, or a version of it", tests: []string{"TestHiddenIsAbsent", "TestLeakOfOthers/403/404", "TestLeakOfOthers/history"}},
	2:  {channel: "validators and HEAD", tests: []string{"TestHiddenIsAbsent", "TestLeakOfOthers/cached views"}},
	3:  {channel: "entries of a search", tests: []string{"TestSearchFollowsReferencesAsFarAsTheCallerSees", "TestLeakOfOthers/POST _search bypass"}},
	4:  {channel: "totals and counts", tests: []string{"TestTotalsAreOfWhatIsVisible", "TestLeakOfOthers/totals"}},
	5:  {channel: "order, and how full pages are", tests: []string{"TestPagesOfAnyOrderAreWholeAndFull", "TestLeakOfOthers/page two"}},
	6:  {channel: "links to pages", tests: []string{"TestLeakOfOthers/page two", "TestHistoryLinksAreTheCallersOwn"}},
	7:  {channel: "parameters on what is cut", tests: []string{"TestSearchFollowsReferencesAsFarAsTheCallerSees", "TestNegationsAreOfWhatIsVisible"}},
	8:  {channel: "chains, forward and back", tests: []string{"TestLeakOfOthers/_has inference", "TestAHopNeedsAScopeOfItsOwn"}},
	9:  {channel: "what comes along with a row", tests: []string{"TestLeakOfOthers/include across people"}},
	10: {channel: "negations, lists, and searches of everything", tests: []string{"TestNegationsAreOfWhatIsVisible", "TestSearchByListAndByValueSet"}},
	11: {channel: "the past", tests: []string{"TestVersionsThatLookTheSameAreOne", "TestLeakOfOthers/history", "TestAnOlderVersionWearsTheLabelsOfTheNewest"}},
	12: {channel: "conditions of writes", tests: []string{"TestConditionsDoNotFitWhatIsHidden", "TestLeakOfOthers/responses of writes", "TestAHiddenMatchIsReviewed"}},
	13: {channel: "ids of the caller's own", tests: []string{"TestHiddenIsAbsent", "TestLeakOfOthers/responses of writes"}},
	14: {channel: "references in what is written", tests: []string{"TestReferringToAHiddenSensitiveThingTellsNothing", "TestLeakOfOthers/responses of writes"}},
	15: {channel: "identifiers that somebody has already", tests: []string{"TestPeopleAreNotJoinedByANumberAlone", "TestRegisteringAfterStartingCareDoesNotTell"}, notYet: "$match"},
	16: {channel: "what a refusal says", tests: []string{"TestLeakOfOthers/PATCH path", "TestPuttingBackWhatIsHiddenIsNotTold", "fhir.TestFaultsQuoteNoContent"}},
	17: {channel: "subscriptions", notYet: "notifying of Subscriptions"},
	18: {channel: "operations that gather", tests: []string{"TestEverything", "TestLeakOfOthers/include across people", "TestLeakOfOthers/documents"}, notYet: "$document, $summary and GraphQL"},
	19: {channel: "bulk export", notYet: "bulk export"},
	20: {channel: "views that are kept", tests: []string{"TestLeakOfOthers/cached views", "TestViewersWithOtherScopesDoNotShareAView", "TestAKeptViewRestsOnEverybodyInIt"}, notYet: "snapshots of live sources"},
	21: {channel: "narrative", tests: []string{"TestWhatIsInsideIsCut"}},
	22: {channel: "contained things", tests: []string{"TestWhatIsInsideIsCut"}},
	23: {channel: "references to hidden things, and their words", tests: []string{"TestWhatIsInsideIsCut", "TestNoDisplayNamesWhomACallerMayNotSee"}},
	24: {channel: "inline details, attachments and their content", tests: []string{"TestWhatIsInsideIsCut", "TestContentIsSeenWithItsDocument", "TestContentOfOthersStaysClosed"}, notYet: "signed addresses of attachments"},
	25: {channel: "provenance and the log", tests: []string{"TestProvenanceAndTheLogAreForWhoSeesAllOfIt", "TestThePersonsLogLacksNothing"}},
	26: {channel: "sharing choices", tests: []string{"TestSharingChoicesAreThePersonsOwn", "TestStaffCannotTouchAPersonsResearchChoice"}},
	27: {channel: "membership", tests: []string{"TestMembersAreFiltered"}, notYet: "busy and free times without what they are for"},
	28: {channel: "what the server says of itself, and what is in meta", tests: []string{"TestWhatIsSaidOfTheServerIsConstant", "TestNobodyIsShownWhatAThingIsSensitiveFor"}},
	29: {channel: "time and work", tests: []string{"TestHiddenAndAbsentAreTheSameWork", "TestWhatIsDearerIsKnown", "TestNothingIsShownThatCannotBeRecorded"}},
	30: {channel: "ids and times", tests: []string{"TestVersionsThatLookTheSameAreOne", "cmd/concord.TestIDsAreRandom"}},
	31: {channel: "logs and addresses", tests: []string{"TestLogSaysNothingOfPatients"}, notYet: "metrics and traces"},
	32: {channel: "what is refused first", tests: []string{"TestShape", "TestNothingIsLookedUpForWhoMayNotAsk", "TestLeakOfOthers/403/404"}},
	33: {channel: "hints that something is hidden", tests: []string{"TestTheBannerIsConstant", "TestTheOfferOfBreakGlassIsConstant", "TestBreakGlassDoesNotTellWhomItKnows"}},
	34: {channel: "other systems", notYet: "live sources"},
}

// Every row has a test or says of which feature it waits, and the tests that it names exist. All but those of features that are not
// there are asked of twin stores besides (TestTwinStoresAnswerAlike).
func TestEveryRowOfTheLeaksHasATest(t *testing.T) {
	t.Parallel()
	if len(leakRows) != 35 {
		t.Fatalf("%d rows, want 34", len(leakRows)-1)
	}
	rooms := map[string]map[string][]string{} // the tests of each room, with the words in them
	for i, row := range leakRows[1:] {
		if row.channel == "" || (len(row.tests) == 0 && row.notYet == "") {
			t.Errorf("row %d has no test, and no feature for which it waits", i+1)
		}
		for _, name := range row.tests {
			room := "gateway/rest"
			if dir, test, ok := strings.Cut(name, ".Test"); ok {
				room, name = dir, "Test"+test
			}
			if rooms[room] == nil {
				rooms[room] = testsIn(t, filepath.Join("..", "..", filepath.FromSlash(room)))
			}
			function, sub, _ := strings.Cut(name, "/")
			words, ok := rooms[room][function]
			if !ok {
				t.Errorf("row %d names %s, which is not in %s", i+1, function, room)
			} else if sub != "" && !slices.Contains(words, sub) {
				t.Errorf("row %d names %s, and %s has no such part", i+1, name, function)
			}
		}
	}
}

// testsIn are the test functions of a folder, each with the strings that stand in it, the names of its subtests among them.
func testsIn(t *testing.T, dir string) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			words := []string{}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if word, err := strconv.Unquote(lit.Value); err == nil {
						words = append(words, word)
					}
				}
				return true
			})
			tests[f.Name.Name] = words
		}
	}
	return tests
}
