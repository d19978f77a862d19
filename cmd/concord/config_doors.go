package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/mappings"
)

// doorFlags are the ways in for systems that do not speak FHIR.
type doorFlags struct {
	Definition []string `sep:"none" placeholder:"NAME|FILE" variable:"CONCORD_DEFINITION" help:"A definition of local records: one that comes with Concord (concord map list), or a file. Repeat the flag for more, or separate them by spaces in the variable. With one, POST /ingest/NAME takes records in, and $$convert gives them back."`
	MLLP       []string `name:"mllp" sep:"none" placeholder:"HOST:PORT;org=..." variable:"CONCORD_MLLP" help:"A system that sends HL7 v2 to this address: HOST:PORT;org=Organization/ID, then any of ;definitions=NAME,NAME ;from=NETWORK,NETWORK ;key=SHA256 of the client certificate's key ;name=DNS name in it ;tls=CERT,KEY[,CA] files ;scopes= (system/*.cru) ;purpose= (TREAT) ;processing= (P) ;care=visits, by which admissions open a relationship. Repeat the flag for more systems; those with the same address share it."`
	Folder     []string `name:"folder" sep:"none" placeholder:"DIR;org=..." variable:"CONCORD_FOLDER" help:"A folder whose files are taken in: DIR;org=Organization/ID;definitions=NAME, then any of ;scopes= ;purpose= ;care=visits. A file is renamed into it when it is whole; what was taken in goes to its folder done, what was not to its folder failed."`
}

// doors are what serve opens besides HTTP.
type doors struct {
	local   *gateway.Local // nil: no definitions
	mllp    []mllpDoor
	folders []folderDoor
}

// mllpDoor is one address and who may send to it.
type mllpDoor struct {
	addr       string
	tls        *tls.Config
	files      string // of the TLS, to tell whether two flags say the same
	processing []string
	peers      []mllp.Peer
}

// folderDoor is one folder.
type folderDoor struct {
	label, dir, definition string
}

// readDoors checks the flags.
func (f doorFlags) readDoors(fault telling) doors {
	var d doors
	for name := range strings.FieldsSeq(strings.Join(f.Definition, " ")) {
		definition, err := loadDefinition(name)
		if err != nil {
			fault("definition", "%s: %w", name, err)
			continue
		}
		if d.local == nil {
			d.local = &gateway.Local{Formats: localFormats(), Doors: map[string]gateway.Door{}}
		}
		if slices.ContainsFunc(d.local.Definitions, func(o *mappings.Definition) bool { return o.Name == definition.Name }) {
			fault("definition", "%s: there are two definitions of this name", name)
		}
		d.local.Definitions = append(d.local.Definitions, definition)
	}
	for text := range strings.FieldsSeq(strings.Join(f.MLLP, " ")) {
		if err := d.addMLLP(text); err != nil {
			fault("mllp", "%w", err)
		}
	}
	for text := range strings.FieldsSeq(strings.Join(f.Folder, " ")) {
		if err := d.addFolder(text); err != nil {
			fault("folder", "%w", err)
		}
	}
	return d
}

// localOf is the doors of definitions alone.
func localOf(names []string) (doors, error) {
	var faults []error
	d := doorFlags{Definition: names}.readDoors(func(flag, format string, args ...any) {
		faults = append(faults, fmt.Errorf("  --%s: %w", flag, fmt.Errorf(format, args...)))
	})
	if len(faults) > 0 {
		return d, errors.Join(append([]error{errSettings}, faults...)...)
	}
	return d, nil
}

// option cuts "place;name=value;name=value".
func option(text string) (string, map[string]string, error) {
	parts := strings.Split(text, ";")
	options := map[string]string{}
	for _, p := range parts[1:] {
		name, value, ok := strings.Cut(p, "=")
		if !ok || value == "" {
			return "", nil, fmt.Errorf("%s: an option is NAME=VALUE", parts[0])
		}
		if _, twice := options[name]; twice {
			return "", nil, fmt.Errorf("%s: %s is said twice", parts[0], name)
		}
		options[name] = value
	}
	return parts[0], options, nil
}

// door makes the door that options say, with the caller that it acts as, and takes them out of the map.
func (d *doors) door(label string, options map[string]string) (gateway.Door, error) {
	take := func(name, usual string) string {
		value, ok := options[name]
		delete(options, name)
		if !ok {
			return usual
		}
		return value
	}
	door := gateway.Door{Caller: guard.Caller{Subject: label, Client: label, Name: label}}
	org := take("org", "")
	if ref, ok := fhir.ParseRef(org); ok && ref.Type == "Organization" {
		door.Caller.Org = ref
	} else if system, value, ok := strings.Cut(org, "|"); ok && value != "" {
		door.Caller.OrgID = consent.Code{System: system, Code: value}
	} else {
		return door, fmt.Errorf("%s: org must be Organization/ID or SYSTEM|VALUE: the organisation that sends", label)
	}
	scopes, err := smart.Parse(take("scopes", "system/*.cru"))
	if err != nil {
		return door, fmt.Errorf("%s: scopes: %w", label, err)
	}
	door.Caller.Scopes = scopes
	door.Caller.Purposes = strings.Split(take("purpose", "TREAT"), ",")
	for _, purpose := range door.Caller.Purposes {
		if !consent.KnownPurpose(purpose) {
			return door, fmt.Errorf("%s: purpose must be a code of v3-PurposeOfUse", label)
		}
	}
	switch care := take("care", ""); care {
	case "":
	case "visits":
		door.Care = guard.CareByVisits
	default:
		return door, fmt.Errorf("%s: care must be visits, or left out", label)
	}
	if d.local == nil {
		return door, fmt.Errorf("%s: a door needs definitions: give --definition", label)
	}
	if names := take("definitions", ""); names != "" {
		door.Definitions = strings.Split(names, ",")
	}
	for _, name := range door.Definitions {
		if _, err := d.local.Definition(name); err != nil {
			return door, fmt.Errorf("%s: there is no definition %q: give it by --definition", label, name)
		}
	}
	return door, nil
}

func (d *doors) addFolder(text string) error {
	dir, options, err := option(text)
	if err != nil {
		return err
	}
	label := "folder-" + dir
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s: there is no such folder", dir)
	}
	door, err := d.door(label, options)
	if err != nil {
		return err
	}
	for name := range options {
		return fmt.Errorf("%s: there is no option %q", dir, name)
	}
	if len(door.Definitions) != 1 {
		return fmt.Errorf("%s: definitions must name the one that its files are written for", dir)
	}
	if _, twice := d.local.Doors[label]; twice {
		return fmt.Errorf("%s: the folder is named twice", dir)
	}
	d.local.Doors[label] = door
	d.folders = append(d.folders, folderDoor{label, dir, door.Definitions[0]})
	return nil
}
