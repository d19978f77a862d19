package main

import "errors"

// consentCommands are "concord consent ...": what hubs do with consents before, and beside, running the gateway.
type consentCommands struct {
	Check  consentCheckCommand  `cmd:"" help:"Run consent cases from files, and name each that the gateway decides otherwise. The last line counts them."`
	Import consentImportCommand `cmd:"" help:"Read Consents of other systems, and print each as the gateway keeps it, with what it could not take over."`
	Export consentExportCommand `cmd:"" help:"Print Consents by a profile of IHE PCF, with what the profile cannot express."`
}

// errUnread ends a command with statusUsage when some of its input could not be read, which has been said.
var errUnread = errors.New("some input could not be read")
