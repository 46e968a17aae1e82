package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

func TestPlanText(t *testing.T) {
	verify := installer.Step{ID: "verify/b", Stage: installer.StageVerify, Node: "b", Action: installer.ActVerify,
		Title: "prove that the cluster is whole"}
	tests := []struct {
		name string
		plan installer.Plan
		want string
	}{
		{"nothing", installer.Plan{}, "Nothing to do.\n"},
		{
			"only looking", installer.Plan{Steps: []installer.Step{verify}},
			"Nothing to change. The plan only looks: 1 step on 1 node\n\nverify\n  prove that the cluster is whole\n    on       b\n",
		},
		{
			"stages and actions that are not known are shown too",
			installer.Plan{Steps: []installer.Step{
				{ID: "dance/a", Stage: "ball", Node: "a", Action: "dance", Title: "dance"},
				{ID: "rest/a", Stage: "ball", Node: "a", Action: "rest", Title: "rest", After: []string{"dance/a", "gone/a"}},
				verify,
			}},
			"Plan: 3 steps on 2 nodes\n\nverify\n  prove that the cluster is whole\n    on       b\n" +
				"\nball\n  dance\n    on       a\n  rest\n    on       a\n    after    its dance and gone/a\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, PlanText(tt.plan, TableOptions{})); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	steps := map[string]installer.Step{}
	for _, a := range []installer.Action{installer.ActFix, installer.ActRelease, installer.ActGenconf,
		installer.ActServe, installer.ActClean, installer.ActInstall, installer.ActHealthy,
		installer.ActVerify, installer.ActStopServe, installer.ActUninstall, installer.ActForget,
		installer.ActReboot, installer.ActRestore} {
		for _, node := range []string{"a", "b", "c", "d", "e", "f"} {
			id := string(a) + "/" + node
			steps[id] = installer.Step{ID: id, Node: node, Action: a, Title: string(a) + " it"}
		}
	}
	tests := []struct {
		name           string
		after, settled []string
		want           string
	}{
		{"nothing", nil, nil, ""},
		{"its own", []string{"fix/a"}, nil, "it is prepared"},
		{"another's", []string{"healthy/b"}, nil, "b is healthy"},
		{"many others'", []string{"healthy/b", "healthy/c", "healthy/d", "healthy/e", "healthy/f"}, nil,
			"5 nodes: b, c, d, ... are healthy"},
		{"several actions", []string{"serve/b", "healthy/b", "clean/a"}, nil,
			"the install files are served, b is healthy and it is cleaned up"},
		{"the making of the files", []string{"release/b", "genconf/b"}, nil,
			"the release is there and the install files are made"},
		{"the end", []string{"verify/b", "stop-serve/b", "uninstall/c", "forget/b"}, nil,
			"the cluster is verified, the install files are no longer served, DC/OS is removed from c and forget it on b"},
		{"reboots", []string{"reboot/a", "reboot/b", "restore/a"}, nil, "it is rebooted, b is rebooted and what fixes changed on it is put back"},
		{"tried, well or not", []string{"fix/a"}, []string{"install/b", "install/c"},
			"it is prepared and DC/OS is installed on b, c, or has failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := waits(installer.Step{Node: "a", After: tt.after, Settled: tt.settled}, steps)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
