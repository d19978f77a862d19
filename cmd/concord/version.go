package main

import "runtime/debug"

// version names the code that runs: the module's version, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	name := info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && (name == "" || name == "(devel)"):
			name = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			name += "+changed"
		}
	}
	if name == "" || name == "(devel)" {
		return "devel"
	}
	return name
}
