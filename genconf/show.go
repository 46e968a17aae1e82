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
		return plainMasks(text.String()), err
	case bytes.HasPrefix(f.Content, []byte("#!")) && utf8.Valid(f.Content):
		return string(f.Content), nil
	}
	return fmt.Sprintf("(%d bytes)\n", len(f.Content)), nil
}

// OneLine is the value of a key of config.yaml in one line of YAML, with secrets masked.
func OneLine(key string, value any) string {
	var node yaml.Node
	if err := node.Encode(masked(key, value)); err != nil {
		return mask
	}
	node.Style |= yaml.FlowStyle
	text, err := yaml.Marshal(&node)
	if err != nil {
		return mask
	}
	return plainMasks(strings.Join(strings.Fields(string(text)), " "))
}

// plainMasks takes the quotes away that YAML needs around a mask and people do not.
func plainMasks(text string) string { return strings.ReplaceAll(text, "'"+mask+"'", mask) }
