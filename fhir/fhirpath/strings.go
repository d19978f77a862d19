package fhirpath

import (
	"strings"
	"unicode/utf8"
)

// text gives the input as a string; it reports false when it is empty.
func (c *application) text() (string, bool, error) {
	s, ok, err := textOf(c.in)
	if err == nil {
		err = c.run.spend(len(s) / bytesPerStep)
	}
	return s, ok, err
}

// textArg gives an argument as a string; it reports false when it is empty.
func (c *application) textArg(i int) (string, bool, error) {
	arg, err := c.arg(i)
	if err != nil {
		return "", false, err
	}
	s, ok, err := textOf(arg)
	if err == nil {
		err = c.run.spend(len(s) / bytesPerStep)
	}
	return s, ok, err
}

// texts gives the input and the first arguments as strings. It reports false when any of them is empty, as the
// functions on strings are then (FHIRPath N1, section 5.6).
func (c *application) texts(args int) ([]string, bool, error) {
	input, present, err := c.text()
	if err != nil {
		return nil, false, err
	}
	all := []string{input}
	for i := range args {
		arg, ok, err := c.textArg(i)
		if err != nil {
			return nil, false, err
		}
		present = present && ok
		all = append(all, arg)
	}
	return all, present, nil
}

// withText runs a function of the input and its arguments, all strings.
func withText(c *application, args int, f func(s []string) system) ([]Value, error) {
	s, ok, err := c.texts(args)
	if err != nil || !ok {
		return nil, err
	}
	return computed(f(s)), nil
}

// upper, lower and trim change the string; length counts its characters.
func upper(c *application) ([]Value, error) {
	return withText(c, 0, func(s []string) system { return text(strings.ToUpper(s[0])) })
}

func lower(c *application) ([]Value, error) {
	return withText(c, 0, func(s []string) system { return text(strings.ToLower(s[0])) })
}

func trim(c *application) ([]Value, error) {
	return withText(c, 0, func(s []string) system { return text(strings.TrimSpace(s[0])) })
}

func length(c *application) ([]Value, error) {
	return withText(c, 0, func(s []string) system { return characters(s[0], len(s[0])) })
}

// startsWith, endsWith and contains are true for the empty string.
func startsWith(c *application) ([]Value, error) {
	return withText(c, 1, func(s []string) system { return boolean(strings.HasPrefix(s[0], s[1])) })
}

func endsWith(c *application) ([]Value, error) {
	return withText(c, 1, func(s []string) system { return boolean(strings.HasSuffix(s[0], s[1])) })
}

func contains(c *application) ([]Value, error) {
	return withText(c, 1, func(s []string) system { return boolean(strings.Contains(s[0], s[1])) })
}

// indexOf counts characters, from zero; -1 is none.
func indexOf(c *application) ([]Value, error) {
	return withText(c, 1, func(s []string) system { return characters(s[0], strings.Index(s[0], s[1])) })
}

func lastIndexOf(c *application) ([]Value, error) {
	return withText(c, 1, func(s []string) system { return characters(s[0], strings.LastIndex(s[0], s[1])) })
}

// characters turns a place in bytes into one in characters.
func characters(s string, bytes int) system {
	if bytes < 0 {
		return integer(-1)
	}
	return integer(utf8.RuneCountInString(s[:bytes])) //nolint:gosec // no text comes near 2 GB
}

// substring begins at a character, from zero; a start outside the string gives nothing (section 5.6.2).
func substring(c *application) ([]Value, error) {
	s, ok, err := c.text()
	if err != nil {
		return nil, err
	}
	start, has, err := c.integer()
	if err != nil || !ok || !has {
		return nil, err
	}
	runes := []rune(s)
	if start < 0 || start >= len(runes) {
		return nil, nil
	}
	runes = runes[start:]
	arg, err := c.arg(1)
	if err != nil {
		return nil, err
	}
	n, has, err := integerOf(arg)
	if err != nil {
		return nil, err
	}
	if has {
		runes = runes[:min(max(int(n), 0), len(runes))]
	}
	return texts(string(runes)), nil
}

// replace puts the third string for each second; for an empty one, between all characters (section 5.6.8).
func replace(c *application) ([]Value, error) {
	s, ok, err := c.texts(2)
	if err != nil || !ok {
		return nil, err
	}
	if (strings.Count(s[0], s[1])+1)*len(s[2])+len(s[0]) > MaxText {
		return nil, beyond("a text is longer than %d bytes", MaxText)
	}
	return texts(strings.ReplaceAll(s[0], s[1], s[2])), nil
}

// toChars gives each character, split the parts between separators.
func toChars(c *application) ([]Value, error) {
	s, _, err := c.text()
	if err != nil {
		return nil, err
	}
	var found []Value
	for _, r := range s {
		found = append(found, Value{system: text(string(r))})
	}
	return found, nil
}

func split(c *application) ([]Value, error) {
	s, ok, err := c.texts(1)
	if err != nil || !ok {
		return nil, err
	}
	var found []Value
	for part := range strings.SplitSeq(s[0], s[1]) {
		found = append(found, Value{system: text(part)})
	}
	return found, nil
}

// join leaves out what has no value.
func join(c *application) ([]Value, error) {
	separator, _, err := c.textArg(0)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	joined := 0
	for _, v := range c.in {
		s, ok, err := textOf([]Value{v})
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if joined > 0 {
			b.WriteString(separator)
		}
		b.WriteString(s)
		joined++
		if b.Len() > MaxText {
			return nil, beyond("a text is longer than %d bytes", MaxText)
		}
	}
	return texts(b.String()), nil
}
