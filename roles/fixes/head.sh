
# Fixes what a node lacks for DC/OS. Each fix is a function that runs in a
# subshell, between a begin and an end line on standard output.

# note KIND KEY STATE: a line of the journal.
note() {
	(umask 077 && mkdir -p "$KEPT/$DCOSUP_FIX")
	chmod 700 "$KEPT"
	{
		if [ -e "$KEPT/journal" ]; then cat "$KEPT/journal"; fi
		printf '%s %s %s %s\n' "$1" "$2" "$DCOSUP_FIX" "$3"
	} | write_journal
}

# keep KIND KEY STATE: remembers what is about to be changed for the first time.
keep() { remembered "$1" "$2" || note "$1" "$2" "$3"; }

# keep_unit NAME...: before they are enabled, started, stopped or disabled. What
# is no unit yet has no state.
keep_unit() {
	for unit in "$@"; do
		if remembered unit "$unit"; then continue; fi
		enabled=$(systemctl is-enabled "$unit" 2>/dev/null) || :
		case $enabled in '' | not-found) continue ;; esac
		note unit "$unit" "$enabled $(systemctl is-active "$unit" 2>/dev/null || :)"
	done
}

# keep_packages NAME...: those that are not installed yet.
keep_packages() {
	for package in "$@"; do
		installed "$package" || keep package "$package" absent
	done
}

# keep_setting PATH: one of the kernel's, below /proc/sys.
keep_setting() { keep setting "$1" "$(cat "$ROOT$1")"; }

# backup FILE: keeps FILE as it was before the first change.
backup() {
	mangle "$1"
	copy=$KEPT/$DCOSUP_FIX/${name:?}
	if ! remembered file "$1"; then
		state=$(seal "$ROOT$1")
		# A copy that is there already is that of an older version.
		if [ -e "$copy" ] || [ -L "$copy" ] || [ -e "$copy.absent" ]; then state=$(seal "$copy"); fi
		note file "$1" "$state"
	fi
	ours "$1" || note wrote "$1" strange
	if ! remembered wrote "$1"; then copy_file "$ROOT$1"; fi
}

# copy_file FILE: to copy, unless it is there.
copy_file() {
	if [ -e "$copy" ] || [ -L "$copy" ] || [ -e "$copy.absent" ]; then return 0; fi
	if [ -e "$1" ] || [ -L "$1" ]; then
		cp -pP "$1" "$copy.new"
		mv -f "$copy.new" "$copy"
	else
		: >"$copy.absent"
	fi
}

# make_directory PATH: with those above it.
make_directory() {
	if [ -d "$ROOT$1" ]; then return 0; fi
	make_directory "${1%/*}"
	keep directory "$1" absent
	mkdir "$ROOT$1"
}

# note_ready FILE: what stands beside it is what it becomes.
note_ready() {
	state=$(seal "$ROOT$1.dcosup")
	among "$state" "$(states "$1")" || note wrote "$1" "$state"
}

# replace FILE [UNIT]: its content becomes standard input, at once. UNIT is who
# reads it.
replace() {
	make_directory "${1%/*}"
	backup "$1"
	if [ $# = 2 ]; then keep reads "$1" "$2"; fi
	cat >"$ROOT$1.dcosup"
	note_ready "$1"
	put_in_place "$1"
}

# put_in_place FILE: what stands beside it, ready.
put_in_place() {
	if [ -e "$ROOT$1" ]; then
		# The file keeps its owner, mode and SELinux label.
		cat "$ROOT$1.dcosup" >"$ROOT$1"
		rm -f "$ROOT$1.dcosup"
	else
		mv -f "$ROOT$1.dcosup" "$ROOT$1"
	fi
}

# relink FILE TARGET: it becomes a symbolic link, at once.
relink() {
	backup "$1"
	rm -f "$ROOT$1.dcosup"
	ln -s "$2" "$ROOT$1.dcosup"
	note_ready "$1"
	mv -f "$ROOT$1.dcosup" "$ROOT$1"
}

# finish: what an earlier run was cut off from writing is written. Fixes read
# files before they change them.
finish() {
	[ -e "$KEPT/journal" ] || return 0
	while read -r kind key _ <&3; do
		if [ "$kind" = file ] && half "$key"; then put_in_place "$key"; fi
	done 3<"$KEPT/journal"
}

# await SECONDS COMMAND...: until it succeeds.
await() {
	left=$1
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		if [ "$left" -le 0 ]; then return 1; fi
		sleep 1
	done
}

# fix ID FUNCTION NEEDED...: runs FUNCTION unless a fix that it needs failed.
failed=' '
fix() {
	DCOSUP_FIX=$1
	function=$2
	shift 2
	printf '\ndcosup-fix begin %s\n' "$DCOSUP_FIX"
	code=0
	for needed in "$@"; do
		case $failed in
		*" $needed "*)
			say "not tried: it needs $needed, which failed"
			code=77
			;;
		esac
	done
	if [ "$code" = 0 ]; then
		"$function" 2>&1
		code=$?
	fi
	if [ "$code" != 0 ]; then failed="$failed$DCOSUP_FIX "; fi
	printf '\ndcosup-fix end %s %s\n' "$DCOSUP_FIX" "$code"
}
