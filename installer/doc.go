// Package installer is where the rooms meet: it discovers what the nodes are,
// plans what is missing, applies the plan, and verifies the cluster.
//
//	discover → plan → apply → verify
//
// Discovery asks every node in one round trip. The plan is a pure function of
// what was found and what the inventory wants ([MakePlan]). Applying walks the
// plan's graph; verifying asks the cluster itself. All truth is on the nodes:
// an apply that was killed is finished by the next one, from any machine.
//
// The package never prints. A Run tells what happens by one stream of [Event]s.
//
//	run := installer.New(installer.Config{Cluster: cluster, Dialer: dialer, Emit: sink.Event})
//	defer run.Close()
//	summary := run.Apply(ctx)
//	os.Exit(summary.ExitCode)
package installer
