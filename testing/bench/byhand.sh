#!/bin/sh
# shellcheck disable=SC2086 # names of nodes hold no blanks: lists of them are split on purpose
# Installs a cluster by hand: starts the scripts that dcosup uses over warm ssh connections, in the best order, with
# nothing between them that is not needed. Like dcosup it changes nothing before every node has been looked at.
# On stdout it says when stages begin and end; what the nodes say goes to $DIR/log.
# From the environment: DIR, with ssh_config, probe.sh, fix-NODE.sh for nodes that lack something, and genconf/;
# SCRIPTS, dcosup's own, and HERE, those beside this one; RELEASE and PROGRAM, files; PLACE, the release's directory on the
# bootstrap node; BOOTSTRAP, MASTERS, AGENTS, PUBLIC_AGENTS, names of nodes; ADDRESSES of all agents; URL, PORT and ALLOW.
set -eu

exec 3>&1 >>"$DIR/log" 2>&1
say() { printf '%s %s\n' "$(date +%s.%N)" "$*" >&3; }

# on NODE ARG...: runs the script on stdin as root. It is read whole first: what it runs may read stdin too.
on() {
	node=$1
	shift
	# shellcheck disable=SC2029 # the arguments are for the node
	ssh -F "$DIR/ssh_config" "$node" "sudo sh -c 'script=\$(cat) && exec sh -c \"\$script\" sh \"\$@\" </dev/null' sh $*"
}

# bring DIRECTORY COMMAND: feeds stdin to a command in a directory on the bootstrap node, which is made if need be.
bring() {
	# shellcheck disable=SC2029 # the arguments are for the node
	ssh -F "$DIR/ssh_config" "$BOOTSTRAP" "sudo sh -c 'mkdir -p $1 && cd $1 && $2'"
}

# each COMMAND NODE...: starts a command for every node; $started are the processes, for all to wait for.
each() {
	command=$1
	shift
	started=
	for node; do
		"$command" "$node" &
		started="$started $!"
	done
}

all() { for process; do wait "$process"; done; }

look() { on "$1" <"$DIR/probe.sh" >"$DIR/facts-$1"; }
fix() { if [ -s "$DIR/fix-$1.sh" ]; then on "$1" <"$DIR/fix-$1.sh"; fi; }
agent() { on "$1" "$URL" slave <"$SCRIPTS/install.sh"; }
public_agent() { on "$1" "$URL" slave_public <"$SCRIPTS/install.sh"; }
master() {
	on "$1" "$URL" master <"$SCRIPTS/install.sh"
	on "$1" <"$HERE/healthy.sh"
}

say begin discover
each look $BOOTSTRAP $MASTERS $AGENTS $PUBLIC_AGENTS
all $started
say end discover

say begin prepare
each fix $BOOTSTRAP
fixing_bootstrap=$started
each fix $MASTERS
fixing_masters=$started
each fix $AGENTS $PUBLIC_AGENTS
fixing_agents=$started

say begin release
tar -C "$DIR/genconf" -c . | bring "$PLACE/genconf" 'chmod 700 . && tar -xo' &
files=$!
bring "$PLACE" 'cat >dcos_generate_config.sh' <"$RELEASE"
all $files
say end release

say begin genconf
bring /opt/dcosup/bin 'cat >dcosup && chmod 755 dcosup' <"$PROGRAM" &
bringing=$!
all $fixing_bootstrap
on "$BOOTSTRAP" "$PLACE" by-hand <"$SCRIPTS/genconf.sh"
say end genconf

say begin serve
all $bringing
on "$BOOTSTRAP" "$URL/dcos_install.sh" /opt/dcosup/bin/dcosup serve --dir "$PLACE/genconf/serve" \
	--listen ":$PORT" --allow "$ALLOW" <"$HERE/serve.sh"
say end serve

all $fixing_masters
say begin masters
each master $MASTERS
all $started
say end masters

all $fixing_agents
say end prepare
say begin agents
each agent $AGENTS
installing=$started
each public_agent $PUBLIC_AGENTS
all $installing $started
say end agents

say begin cleanup
on "$BOOTSTRAP" <"$SCRIPTS/stop-serving.sh" &
stopping=$!
say begin verify
on "${MASTERS%% *}" $ADDRESSES <"$HERE/registered.sh"
say end verify
all $stopping
say end cleanup
