package search

// CanonicalUnit gives the canonical unit of a code of UCUM and how many of it one is; "" for what is not known.
func CanonicalUnit(code string) (string, float64) {
	u, ok := readUnit(code)
	if !ok {
		return "", 0
	}
	one, _ := readDecimal("1")
	return u.canonical(), u.float(one.at)
}
