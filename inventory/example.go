package inventory

import _ "embed"

var (
	//go:embed example/hosts
	exampleHosts string
	//go:embed example/group_vars/all.yml
	exampleVars string
)

// ExampleFile is a file that `dcosup init` writes.
type ExampleFile struct {
	// Name is its path below the chosen directory, with slashes.
	Name    string
	Content string
}

// Example returns a commented inventory of seven nodes, to be filled in. Its
// addresses are from the ranges reserved for documentation.
func Example() []ExampleFile {
	return []ExampleFile{
		{Name: "hosts", Content: exampleHosts},
		{Name: "group_vars/all.yml", Content: exampleVars},
	}
}
