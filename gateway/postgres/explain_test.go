package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/postgres"
	"concord/gateway/storetest"
)

// listener collects the texts of statements, and counts trips.
type listener struct {
	mu    sync.Mutex
	texts map[string]bool
	trips int
}

func (l *listener) add(texts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trips++
	for _, text := range texts {
		l.texts[text] = true
	}
}

func (l *listener) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	l.add(data.SQL)
	return ctx
}

func (*listener) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (l *listener) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	var texts []string
	for _, q := range data.Batch.QueuedQueries {
		texts = append(texts, q.SQL)
	}
	l.add(texts...)
	return ctx
}

func (*listener) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*listener) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// TestEveryStatementHasItsIndex runs the suite, and then looks at how PostgreSQL would do each statement that it was
// asked: never by going through a table, nor through an index from one end to the other.
func TestEveryStatementHasItsIndex(t *testing.T) {
	t.Parallel()
	url := seeded(t)
	l := &listener{texts: map[string]bool{}}
	t.Cleanup(func() { // after all of the suite
		conn, err := pgx.Connect(context.Background(), string(url))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		for _, text := range postgres.Settings() {
			if _, err := conn.Exec(context.Background(), text); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for text := range l.texts {
			switch word, _, _ := strings.Cut(text, " "); word {
			case "select", "insert", "update", "delete", "with":
				n++
				explain(t, conn, n, text)
			}
		}
		if n < 40 {
			t.Errorf("%d statements were seen: too few", n)
		}
	})
	storetest.Run(t, func(t *testing.T) storetest.Both {
		t.Helper()
		return open(t, node(clone(t), t.TempDir()).Traced(l))
	})
}

// seeded is a database in which tables are large enough for plans to matter, and statistics are up to date.
func seeded(t testing.TB) postgres.URL {
	t.Helper()
	url := clone(t)
	s := open(t, node(url, t.TempDir()))
	change := guard.Change{Keys: map[string]consent.Person{}, Patients: map[fhir.Ref]consent.Person{}, Standings: map[consent.Person]*consent.Standing{}}
	for i := range 3000 {
		one := goal(fmt.Sprintf("g%d", i))
		p := consent.Person(fmt.Sprintf("p%d", i%1000))
		one.Put[0].People = []consent.Person{p}
		one.Put[0].Index = append(one.Put[0].Index, search.Entry{Param: fmt.Sprint("note", i%20), Kind: search.String, Value: fmt.Sprint(i)}, search.Entry{Param: fmt.Sprint("date", i%20), Kind: search.Date, Low: int64(i), High: int64(i)})
		change.Put, change.Events = append(change.Put, one.Put...), append(change.Events, one.Events...)
		change.Keys[fmt.Sprint("id|", p)], change.Patients[fhir.Ref{Type: "Patient", ID: fhir.ID(p)}] = p, p
		change.Standings[p] = &consent.Standing{Person: p, Version: 1, Ties: []consent.Tie{{
			Kind: consent.TieCareTeam, Who: consent.Party{Ref: fhir.Ref{Type: "Practitioner", ID: fhir.ID(fmt.Sprint("d", i%100))}}, From: fhir.Ref{Type: "CareTeam", ID: "t"},
		}}}
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if err := s.Append(t.Context(), goal(fmt.Sprint(i)).Events...); err != nil {
			t.Fatal(err)
		}
	}
	tamper(t, url, "vacuum analyze")
	return url
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// explain plans one statement for any parameters.
func explain(t *testing.T, conn *pgx.Conn, n int, text string) {
	t.Helper()
	most := 0
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		var i int
		_, _ = fmt.Sscan(m[1], &i)
		most = max(most, i)
	}
	nulls := ""
	if most > 0 {
		nulls = "(" + strings.TrimSuffix(strings.Repeat("null, ", most), ", ") + ")"
	}
	ctx := context.Background()
	name := fmt.Sprintf("s%d", n)
	if _, err := conn.Exec(ctx, "prepare "+name+" as "+text, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	var raw []byte
	if err := conn.QueryRow(ctx, "explain (format json) execute "+name+nulls, pgx.QueryExecModeSimpleProtocol).Scan(&raw); err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	var plans []struct{ Plan step }
	if err := json.Unmarshal(raw, &plans); err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		p.Plan.check(t, text)
	}
}

// step is one node of a plan.
type step struct {
	Kind  string `json:"Node Type"`
	Table string `json:"Relation Name"`
	Index string `json:"Index Name"`
	Cond  string `json:"Index Cond"`
	Plans []step `json:"Plans"`
}

func (s step) check(t *testing.T, text string) {
	t.Helper()
	sequence := s.Table == "feed" || s.Table == "migration" // a sequence has one row, and migrations are few
	directory := s.Index == "thing_entry"                   // a partial index, which is read whole
	walked := strings.HasPrefix(s.Kind, "Index") || s.Kind == "Bitmap Index Scan"
	if s.Kind == "Seq Scan" && !sequence || walked && s.Cond == "" && !directory {
		t.Errorf("%s goes through %s %s: %s", s.Kind, s.Table, s.Index, text)
	}
	for _, below := range s.Plans {
		below.check(t, text)
	}
}
