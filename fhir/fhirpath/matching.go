package fhirpath

import (
	"regexp"
	"strings"
)

// matches finds the expression anywhere; a dot stands for line ends too. The regular expressions are those of RE2: they
// take linear time, and know neither look-around nor back references.
func matches(c *application) ([]Value, error) { return c.match("%s") }

// matchesFull holds it against the whole text.
func matchesFull(c *application) ([]Value, error) { return c.match(`\A(?:%s)\z`) }

// match frames the expression, and spends what matching may take.
func (c *application) match(frame string) ([]Value, error) {
	s, ok, err := c.texts(1)
	if err != nil || !ok {
		return nil, err
	}
	re, err := c.pattern(strings.Replace(frame, "%s", s[1], 1), 1)
	if err != nil {
		return nil, err
	}
	if err := c.run.spend(len(s[0]) * len(s[1]) / patternBytes); err != nil {
		return nil, err
	}
	return []Value{truth(re.MatchString(s[0]))}, nil
}

// maxPattern bounds a regular expression, in bytes. Matching may take time by the length of text times pattern, of which
// patternBytes go into one step.
const (
	maxPattern   = 4096
	patternBytes = 128
)

// pattern compiles a regular expression; the argument behind it may hold flags.
func (c *application) pattern(pattern string, flagArg int) (*regexp.Regexp, error) {
	flags, _, err := c.textArg(flagArg)
	if err != nil {
		return nil, err
	}
	if len(pattern) > maxPattern {
		return nil, beyond("a regular expression is longer than %d bytes", maxPattern)
	}
	if err := c.run.spend(100 + len(pattern)); err != nil {
		return nil, err
	}
	if strings.Trim(flags, "im") != "" {
		return nil, failed("the flags of a regular expression are i and m")
	}
	re, err := regexp.Compile("(?s" + flags + ")" + pattern)
	if err != nil {
		return nil, failed("this is not a regular expression that is understood here (RE2)")
	}
	return re, nil
}

// group is a reference to a group in a substitution, as other engines write it.
var group = regexp.MustCompile(`\$(\d+)`)

func replaceMatches(c *application) ([]Value, error) {
	s, ok, err := c.texts(2)
	if err != nil || !ok {
		return nil, err
	}
	if s[1] == "" {
		return texts(s[0]), nil
	}
	re, err := c.pattern(s[1], 2)
	if err != nil {
		return nil, err
	}
	if (len(s[0])+1)*(len(s[2])+1) > 16*MaxText {
		return nil, beyond("a text may become longer than %d bytes", MaxText)
	}
	if err := c.run.spend(len(s[0]) * len(s[1]) / patternBytes); err != nil {
		return nil, err
	}
	result := re.ReplaceAllString(s[0], group.ReplaceAllString(s[2], `$${$1}`))
	if len(result) > MaxText {
		return nil, beyond("a text is longer than %d bytes", MaxText)
	}
	return texts(result), nil
}
