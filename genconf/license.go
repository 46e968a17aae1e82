package genconf

import (
	"slices"
	"strings"
)

// licenseFile is where DC/OS Enterprise's generator looks for a license that the config does not hold.
const licenseFile = "license.txt"

// license: DC/OS Enterprise needs one.
func (r *renderer) license() {
	if !r.in.Enterprise {
		return
	}
	text, inConfig := r.config["license_key_contents"]
	file, inFile := r.extra(licenseFile)
	switch {
	case inFile && strings.TrimSpace(string(file.Content)) == "":
		r.fail("genconf/"+licenseFile, "is empty", "put the license into it, or remove it")
	case inFile && inConfig && text != "":
		r.warn("license_key_contents", "is given, and so is genconf/"+licenseFile, "remove one of the two")
	case !inFile && (!inConfig || text == ""):
		r.warn("license_key_contents", "is missing; DC/OS Enterprise needs a license", "set it, or put "+licenseFile+" into genconf/ beside the inventory")
	}
}

// extra returns the person's file of that name.
func (r *renderer) extra(name string) (File, bool) {
	i := slices.IndexFunc(r.files.Extra, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return r.files.Extra[i], true
}
