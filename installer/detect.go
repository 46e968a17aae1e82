package installer

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

//go:embed scripts/detect.sh
var detectScript string

// detected is what one detection script answered on a node.
type detected struct {
	Code           int
	Stdout, Stderr string
}

// parseDetected reads the answer of detect.sh: what each script answered, by its name.
func parseDetected(answer string) (map[string]detected, error) {
	all := map[string]detected{}
	for line := range strings.Lines(answer) {
		words := strings.Fields(line)
		if len(words) != 4 {
			return nil, fmt.Errorf("an answer that makes no sense: %.80q", line)
		}
		code, err := strconv.Atoi(words[1])
		if err != nil {
			return nil, fmt.Errorf("an answer that makes no sense: %.80q", line)
		}
		d := detected{Code: code}
		for i, text := range []*string{&d.Stdout, &d.Stderr} {
			decoded, err := base64.StdEncoding.DecodeString(strings.Trim(words[2+i], `"`))
			if err != nil {
				return nil, fmt.Errorf("what %s printed: %w", words[0], err)
			}
			*text = string(decoded)
		}
		all[words[0]] = d
	}
	return all, nil
}
