// Package hl7v2 reads and prints HL7 version 2 messages (2.2 to 2.8) in their vertical bar form, and builds the
// acknowledgements of them.
//
// A Message keeps the bytes it came as, and where segments and fields begin in them; what stands inside a field is
// looked at when it is asked for. So printing what was parsed gives the same bytes, always, and a message whose few
// interesting fields are read costs little. Setting a value re-prints that value, and nothing beside it.
//
// The package knows the grammar, not the dictionary: which field holds a birth date is known to definitions, in
// mappings. It knows no network either: gateway/mllp carries the messages.
//
// Errors are *fhir.Error. The Expression of an Issue is a Path, such as "PID-3(2).4", and no text quotes content, so
// that they can be sent back in ERR segments (ErrorsOf).
package hl7v2
