package fhirpath_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

func sprint(v fhirpath.Value) string { return fmt.Sprintf("%v %+v %s", v, v, v) }

// many is a collection of so many different numbers.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ".combine(%d)", i)
	}
	return "{}" + b.String()
}

func TestWhatIsTooCostlyIsRefused(t *testing.T) {
	t.Parallel()
	input := decoded(t, goal)
	for name, expression := range map[string]string{
		"a long expression":              "'" + strings.Repeat("a", fhirpath.MaxLength) + "'",
		"many brackets":                  strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200),
		"many signs":                     strings.Repeat("-", 200) + "1",
		"many calls in each other":       strings.Repeat("iif(true,", 200) + "1" + strings.Repeat(")", 200),
		"a text that doubles":            "(" + many(40) + ").aggregate($total + $total, 'x')",
		"a text that doubles by &":       "(" + many(40) + ").aggregate($total & $total, 'x')",
		"a text that grows by replacing": "(" + many(40) + ").aggregate($total.replace('x', 'xx'), 'x')",
		"a text that grows by joining":   "(" + many(40) + ").aggregate(($total.combine($total)).join('-'), 'x')",
		"a collection that doubles":      "(" + many(40) + ").aggregate($total.combine($total), 1)",
		"loops within loops": "(" + many(200) + ").select(%context.repeat(children()).select(%context.descendants().select(" +
			"%context.descendants().count())))",
		"an endless repetition":         "1.repeat($this + 1)",
		"a regular expression too long": "'x'.matches((" + many(20) + ").aggregate($total + $total, 'x'))",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			e, err := fhirpath.Compile(expression)
			if err == nil {
				_, err = e.Evaluate(fhirpath.Env{}, input)
			}
			var fault *fhir.Error
			if !errors.As(err, &fault) || fault.Kind != fhir.TooLong {
				t.Fatalf("it is not refused as too long: %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("the refusal took %v", took)
			}
		})
	}
}

func TestCostlyNumbersEnd(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		"2.power(2147483647)", "1.0000001.power(1000000)", "2147483647.exp()", "(-200).exp()", "0.00000001.ln()",
		"10.power(300).ln()", "2.5.power(0.333333333)", "10.power(400)", "1.round(2147483647)", "1.5.lowBoundary(2147483647)",
		"@2015 + 2147483647 years", "@2015-01-01 - 2147483647 weeks", "@2015-01-01T10:00:00 + 99999999999999999999.5 seconds",
	} {
		start := time.Now()
		written(t, fhirpath.Env{}, expression)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s took %v", expression, took)
		}
	}
}

func TestStepsOfTheCallerAreTheLimit(t *testing.T) {
	t.Parallel()
	const expression = "descendants().count() > 0"
	if got := written(t, fhirpath.Env{Steps: 10}, expression, decoded(t, goal)); !strings.Contains(got, "too many steps") {
		t.Errorf("ten steps are enough: %s", got)
	}
	if got := written(t, fhirpath.Env{Steps: 1000}, expression, decoded(t, goal)); got != "true" {
		t.Errorf("a thousand steps are not enough: %s", got)
	}
}

func FuzzCompileAndEvaluate(f *testing.F) {
	for _, seed := range []string{
		"Goal.target.where(due < today()).detail as Quantity", "(1 | 2).aggregate($this + $total, 0)", "@2015-02-04T14:34:28.123+10:00 - 3 days",
		"'a\\u0041'.replaceMatches('(a)', '$1$1')", "4 'mg/(dL.s2)' ~ 2.50 '{x}[iU]'", "%`vs-x` & /* c */ `a` // end", "1.587.lowBoundary(6).precision()",
		"descendants().select($index mod 3).sort(-$this)", "{}.iif(true, 1, 2)", "'PGRpdi8+'.decode('base64').htmlChecks()", "$this[0].type() is System.Any",
	} {
		f.Add(seed)
	}
	input := decoded(f, goal)
	f.Fuzz(func(t *testing.T, expression string) {
		e, err := fhirpath.Compile(expression)
		var fault *fhirpath.Error
		if err != nil {
			if !errors.As(err, &fault) || fault.Line < 1 || fault.Column < 1 {
				t.Fatalf("the error has no place: %v", err)
			}
			return
		}
		if again, err := fhirpath.Compile(e.String()); err != nil || again.String() != expression {
			t.Fatalf("the text does not compile again: %v", err)
		}
		found, err := e.Evaluate(fhirpath.Env{Steps: 20_000}, input)
		if err != nil && (!errors.As(err, &fault) || fault.Line < 1) {
			t.Fatalf("the error has no place: %v", err)
		}
		for _, v := range found {
			if _, err := fhir.Walk(v.JSON()); err != nil {
				t.Fatalf("%s of type %s is no JSON", v.JSON(), v.Type())
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	input := decoded(b, goal)
	for _, expression := range []string{
		"Goal.lifecycleStatus", "Goal.target.due as date", "Goal.subject.where(resolve() is Patient)",
		"contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri)))).not()).empty()",
		"target.detail.ofType(Quantity) > 5 'km'",
	} {
		e, err := fhirpath.Compile(expression)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(expression[:min(len(expression), 40)], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Evaluate(fhirpath.Env{}, input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
