// Package gateway is the hall of the house: what the service does, one use case a file. A use case gets a
// guard.Reading, never a store, and gives back what the guard disclosed. It knows no protocol: doors turn theirs
// into one call here.
package gateway
