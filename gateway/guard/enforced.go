//go:build !permitall

package guard

// PermitsAll reports whether this program was built to decide nothing (permit_all.go). It never is, but to measure.
const PermitsAll = false
