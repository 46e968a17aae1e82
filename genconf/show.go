package genconf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Shown is the file for the screen: config.yaml with its secrets masked,
// scripts as they are, and of everything else only how large it is, since it may
// be a license or a key.
func (f File) Shown() (string, error) {
	switch {
	case f.Name == configFile:
		config, err := readConfig(f.Content)
		if err != nil {
			return "", err
		}
		var text bytes.Buffer
		enc := yaml.NewEncoder(&text)
		enc.SetIndent(2)
		err = enc.Encode(Masked(config))
		return strings.ReplaceAll(text.String(), "'"+mask+"'", mask), err
	case bytes.HasPrefix(f.Content, []byte("#!")) && utf8.Valid(f.Content):
		return string(f.Content), nil
	}
	return fmt.Sprintf("(%d bytes)\n", len(f.Content)), nil
}
