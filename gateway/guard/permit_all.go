//go:build permitall

package guard

// PermitsAll is true in a program that was built with the tag permitall: everybody sees everything. It is there to
// measure what deciding costs, against the same program that does not decide; "concord serve" refuses to run.
const PermitsAll = true
