#!/bin/sh
# shellcheck disable=SC2086 # names of nodes hold no blanks: lists of them are split on purpose
# Installs a cluster by hand: the script that looks at a node, the fixes and DC/OS's own scripts, started over one ssh
# connection a node in the best order, with nothing between them that is not needed. Like dcosup it changes nothing
# before every node has been looked at. On stdout it says when stages begin and end; what the nodes say goes to $DIR/log.
# From the environment: DIR, with ssh_config, probe.sh, fix-NODE.sh for nodes that lack something, and genconf/; HERE,
# the scripts beside this one; RELEASE with its checksum SUM, and PROGRAM, files; PLACE, the release's directory on the
# bootstrap node; BOOTSTRAP, MASTERS, AGENTS, PUBLIC_AGENTS, names of nodes; ADDRESSES of all agents; URL, PORT and
# ALLOW of the file server.
set -eu

SERVER=/opt/dcosup/bin/dcosup # on the bootstrap node

exec 3>&1 >>"$DIR/log" 2>&1
say() { printf '%s %s\n' "$(date +%s.%N)" "$*" >&3; }

# on NODE ARG...: runs the script on stdin as root. It is read whole first: what it runs may read stdin too.
on() {
	node=$1
	shift
	# shellcheck disable=SC2029 # the arguments are for the node
	ssh -F "$DIR/ssh_config" "$node" "sudo sh -c 'script=\$(cat) && exec sh -c \"\$script\" sh \"\$@\" </dev/null' sh $*"
}

# as_root NODE COMMAND: runs a command as root, which has no single quotes. Its stdin is this one.
as_root() {
	# shellcheck disable=SC2029 # the command is for the node
	ssh -F "$DIR/ssh_config" "$1" "sudo sh -c '$2'"
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

# The connection goes to the background when it stands; all that follows goes over it.
look() {
	ssh -F "$DIR/ssh_config" -M -N -f "$1"
	cat "$DIR/probe.sh" "$DIR/genconf/ip-detect" | on "$1" >"$DIR/facts-$1"
}
fix() {
	[ -s "$DIR/fix-$1.sh" ] || return 0
	say begin prepare
	on "$1" <"$DIR/fix-$1.sh"
	say end prepare
}
agent() { install "$1" slave; }
public_agent() { install "$1" slave_public; }
master() {
	install "$1" master
	on "$1" <"$HERE/healthy.sh"
}
install() {
	as_root "$1" "cd \$(mktemp -d) && curl -fsS -O $URL/dcos_install.sh && bash dcos_install.sh $2" </dev/null
}

say begin discover
each look $BOOTSTRAP $MASTERS $AGENTS $PUBLIC_AGENTS
all $started
say end discover

# Fixes go on while the bootstrap node works; each is waited for where its node is needed.
each fix $BOOTSTRAP
fixing_bootstrap=$started
each fix $MASTERS
fixing_masters=$started
each fix $AGENTS $PUBLIC_AGENTS
fixing_agents=$started

say begin release
tar -C "$DIR/genconf" -c . | as_root "$BOOTSTRAP" "mkdir -p $PLACE/genconf && chmod 700 $PLACE/genconf && tar -C $PLACE/genconf -xo" &
files=$!
as_root "$BOOTSTRAP" "mkdir -p $PLACE && cat >$PLACE/dcos_generate_config.sh && cd $PLACE && echo $SUM  dcos_generate_config.sh | sha256sum -c" <"$RELEASE"
all $files
say end release

say begin genconf
as_root "$BOOTSTRAP" "mkdir -p ${SERVER%/*} && cat >$SERVER && chmod 755 $SERVER" <"$PROGRAM" &
bringing=$!
all $fixing_bootstrap
as_root "$BOOTSTRAP" "cd $PLACE && bash dcos_generate_config.sh --genconf" </dev/null
say end genconf

say begin serve
all $bringing
on "$BOOTSTRAP" "$URL/dcos_install.sh" "$SERVER" serve --dir "$PLACE/genconf/serve" \
	--listen ":$PORT" --allow "$ALLOW" <"$HERE/serve.sh"
say end serve

all $fixing_masters
say begin masters
each master $MASTERS
all $started
say end masters

all $fixing_agents
say begin agents
each agent $AGENTS
installing=$started
each public_agent $PUBLIC_AGENTS
all $installing $started
say end agents

say begin cleanup
as_root "$BOOTSTRAP" 'systemctl stop dcosup-fileserver' </dev/null &
stopping=$!
say begin verify
on "${MASTERS%% *}" $ADDRESSES <"$HERE/registered.sh"
say end verify
all $stopping
say end cleanup
