package installer

import (
	"encoding/json"
	"strings"
	"testing"

	"dcosup/inventory"
)

// Whatever a node prints of what it was given, no event and no summary shows it.
func TestEventsHoldNoSecret(t *testing.T) {
	c := smallCluster()
	c.Superuser.Password = "hunter2-the-superuser"
	c.Release.Download = "https://me:hunter2%20download@example.com/dcos_generate_config.sh"
	var emitted []Event
	r := New(Config{Cluster: c, Emit: func(e Event) { emitted = append(emitted, e) }})
	said := "it is hunter2-the-superuser, from https://me:hunter2%20download@example.com/x, or hunter2 download"
	failure := Failure{Node: "a", Message: said, Hint: said, Stderr: []string{"fine", said}}
	r.emit(Event{Type: StepOutput, Message: said})
	r.emit(Event{Type: StepEnded, Message: said, Failure: &failure})
	r.emit(Event{Type: NodeFound, Findings: []CheckedFinding{{Found: said}}})
	summary := r.end(Summary{Failures: []Failure{failure}, Nodes: []NodeResult{{Name: "a", Detail: said}}})
	text, err := json.Marshal(map[string]any{"events": emitted, "summary": summary})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("a secret is left: %s", text)
	}
	if !strings.Contains(string(text), "it is ***") || len(emitted) != 4 {
		t.Errorf("what is no secret is gone: %s", text)
	}
	if failure.Message != said || failure.Stderr[1] != said {
		t.Error("the failure itself was changed: others hold it too")
	}
}

// What is secret only once the nodes have told their facts is kept from events, too.
func TestEventsHoldNoSecretMadeOfFacts(t *testing.T) {
	c := smallCluster()
	said := ""
	r := New(Config{Cluster: c, Emit: func(e Event) { said = e.Message }})
	knowing := *c
	knowing.Superuser.Password = "hunter2-of-boot"
	r.goOnWith(&knowing)
	r.emit(Event{Type: StepOutput, Message: "it is hunter2-of-boot"})
	if said != "it is ***" || r.Cluster != &knowing {
		t.Errorf("got %q", said)
	}
}

// Without secrets events pass as they are.
func TestEventsWithoutSecretsAreUntouched(t *testing.T) {
	e := Event{Message: "a", Findings: []CheckedFinding{{Found: "b"}}}
	if got := e.without(secretsOf(&inventory.Cluster{})); got.Message != "a" || got.Findings[0].Found != "b" {
		t.Errorf("got %+v", got)
	}
}
