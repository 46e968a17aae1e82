package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseUnits(t *testing.T) {
	got := parseUnits(`Id=dcos-marathon.service
Description=Marathon
LoadState=loaded
ActiveState=active
SubState=running

Id=dcos-exhibitor.service
Description=Exhibitor
LoadState=loaded
ActiveState=activating
SubState=auto-restart
`)
	want := []Unit{
		{ID: "dcos-marathon.service", Name: "dcos-marathon", Description: "Marathon", Help: "journalctl -u dcos-marathon.service"},
		{ID: "dcos-exhibitor.service", Name: "dcos-exhibitor", Health: 1, Description: "Exhibitor",
			Output: "dcos-exhibitor.service is activating (auto-restart)", Help: "journalctl -u dcos-exhibitor.service"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
}
