package main

import (
	"runtime/debug"
	"strings"
)

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

// released reports whether a version names one code only.
func released(version string) bool {
	return version != "devel" && version != "unknown" && !strings.Contains(version, "+")
}
