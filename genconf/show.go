package genconf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Shown is one of the files for the screen: config.yaml with its secrets masked, scripts as they are, and of everything
// else only how large it is, since it may be a license or a key.
func (f Files) Shown(one File) (string, error) {
	switch {
	case one.Name == configFile:
		config, err := readConfig(one.Content)
		if err != nil {
			return "", err
		}
		for key, value := range config {
			config[key] = f.hidden(key, value)
		}
		var text bytes.Buffer
		enc := yaml.NewEncoder(&text)
		enc.SetIndent(2)
		err = enc.Encode(config)
		return plainMasks(text.String()), err
	case bytes.HasPrefix(one.Content, []byte("#!")) && utf8.Valid(one.Content):
		return string(one.Content), nil
	}
	return fmt.Sprintf("(%d bytes)\n", len(one.Content)), nil
}

// OneLine is the value of a key of config.yaml in one line of YAML, with secrets masked.
func (f Files) OneLine(key string, value any) string {
	var node yaml.Node
	if err := node.Encode(f.hidden(key, value)); err != nil {
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

// hidden is the value of a key with masks in the place of what is secret by its name or by its path.
func (f Files) hidden(key string, value any) any {
	var paths [][]string
	for _, p := range f.Secret {
		if p[0] == key {
			paths = append(paths, p[1:])
		}
	}
	return hiddenAt(masked(key, value), paths)
}

func hiddenAt(value any, paths [][]string) any {
	if len(paths) == 0 {
		return value
	}
	inner, ok := value.(map[string]any)
	if !ok || slices.ContainsFunc(paths, func(p []string) bool { return len(p) == 0 }) {
		return mask
	}
	out := make(map[string]any, len(inner))
	for key, item := range inner {
		var below [][]string
		for _, p := range paths {
			if p[0] == key {
				below = append(below, p[1:])
			}
		}
		out[key] = hiddenAt(item, below)
	}
	return out
}
