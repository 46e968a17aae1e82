package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"dcosup/secret"
)

func TestSecretHidesItself(t *testing.T) {
	const s = secret.Text("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "secret", s, "in", struct{ P secret.Text }{s})
	shown := map[string]string{"slog": log.String(), "json": encoded(t, json.Marshal, map[string]any{"s": s, "list": []secret.Text{s}}), "yaml": encoded(t, yaml.Marshal, s)}
	for _, verb := range []string{"%v", "%s", "%q", "%x", "%X", "%#v", "%+v", "%d"} {
		shown[verb] = fmt.Sprintf(verb, s)
		shown["in a struct, "+verb] = fmt.Sprintf(verb, struct{ Password secret.Text }{s})
	}
	for how, text := range shown {
		if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
		if !strings.Contains(text, "***") {
			t.Errorf("%s = %s, want *** in it", how, text)
		}
	}
	if got := s.Reveal(); got != "hunter2" {
		t.Errorf("Reveal() = %q", got)
	}
	if got := secret.Text("").String(); got != "" {
		t.Errorf("no secret prints %q, want nothing", got)
	}
}

func encoded(t *testing.T, marshal func(any) ([]byte, error), v any) string {
	t.Helper()
	text, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
