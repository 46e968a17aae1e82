// Package roles holds what each role of DC/OS requires of a node, as data: the
// conditions, the words for a person, and the fixes.
//
// It is pure. It opens no connection, runs nothing and prints nothing: it hands
// out shell scripts to be run on a node as root, and reads what they answered.
// The whole of a node's preparation is two round trips:
//
//	questions := roles.Questions{Resolvers: []string{"10.0.0.2"}}
//	facts, err := roles.ParseFacts(run(ctx, roles.ProbeScript(), questions.Args()...)) // 1: ask everything
//	spec := roles.Spec{Role: inventory.RoleMaster, Version: "2.1.0"}
//	findings := roles.Judge(facts, spec)
//	script, err := roles.FixScript(findings, facts, spec)
//	if script != "" {
//		upload(ctx, roles.FixFiles(findings, facts, spec)) // what the fixes need of this machine
//		var parser roles.FixParser
//		run(ctx, script) // 2: fix what is missing; each line goes to parser.Line
//	}
//
// After the fixes the node is probed and judged again: a fix counts only when
// its requirement then holds. Some things can be judged only once others are
// fixed (the storage driver of a Docker that was not installed yet), so a
// second round of fixes can be needed; a third never is.
//
// What fixes change they remember on the node, and RestoreScript puts it back:
// Facts.Changes says whether there is anything.
//
// What only several nodes together show is judged by JudgeAcross, and the ways
// between them by JudgePaths. A Policy, read from an inventory by ReadPolicy, has
// the last word on every finding; Fixes, read by ReadFixes, say how fixes do their
// work.
//
// Every script is POSIX sh and takes its standard input from /dev/null, so it
// can be sent to `sh -s`.
package roles
