// Package smart reads the SMART App Launch scopes of a token, in the grammars of versions 1 and 2, and answers
// whether they allow a request by its shape. Scopes delegate, they never give more than the caller has anyway:
// what the person and the base policy decide comes after, in package consent.
//
// It knows nothing of tokens, users or resources.
package smart
