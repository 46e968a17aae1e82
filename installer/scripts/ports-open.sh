#!/bin/sh
# Opens sockets that other nodes try, for five minutes at most. systemd itself holds
# them: it is on every node of DC/OS, and no other program is. Connections are
# never accepted: the kernel makes them all the same. What comes over UDP is kept.
# Who connects to a port of zeros gets them, a gigabyte at most, to measure how fast
# they come. $1: where units go, $2: where what was heard goes, $3: the address; the
# other arguments are ports, as tcp/80, udp/64000 or zeros/8080, one of UDP and one
# of zeros at most.
set -eu
units=$1
state=$2
address=$3
shift 3
mkdir -p "$units" "$state"
# What a dcosup that was cut off has left would keep its own ports.
if [ -e "$units/dcosup-ports.service" ]; then
	systemctl stop dcosup-ports.socket dcosup-heard.socket dcosup-zeros.socket \
		dcosup-ports.service dcosup-heard.service 'dcosup-zeros@*.service' 2>/dev/null || :
fi
rm -f "$state/heard" "$units"/dcosup-ports.* "$units"/dcosup-heard.* "$units"/dcosup-zeros*

streams=
datagrams=
zeros=
for port in "$@"; do
	case $port in
	tcp/*) streams="${streams}ListenStream=$address:${port#tcp/}
" ;;
	udp/*) datagrams="${datagrams}ListenDatagram=$address:${port#udp/}
" ;;
	zeros/*) zeros="ListenStream=$address:${port#zeros/}
" ;;
	esac
done

# Nobody may come back to close them.
remove="rm -f $units/dcosup-ports.* $units/dcosup-heard.* $units/dcosup-zeros*"
if [ -n "$streams" ]; then
	printf '[Socket]\nBacklog=1024\n%s' "$streams" >"$units/dcosup-ports.socket"
fi
cat >"$units/dcosup-ports.service" <<END
[Unit]
Description=dcosup: ports that other nodes try
[Service]
ExecStart=/bin/sh -c 'sleep 300; $remove; systemctl stop --no-block dcosup-ports.socket dcosup-heard.socket dcosup-heard.service dcosup-zeros.socket "dcosup-zeros@*.service"'
END
if [ -n "$datagrams" ]; then
	printf '[Socket]\n%s' "$datagrams" >"$units/dcosup-heard.socket"
	cat >"$units/dcosup-heard.service" <<END
[Unit]
Description=dcosup: what other nodes say
[Service]
ExecStart=/bin/sh -c 'exec cat <&3 >$state/heard'
END
fi
if [ -n "$zeros" ]; then
	printf '[Socket]\nAccept=yes\n%s' "$zeros" >"$units/dcosup-zeros.socket"
	# That the other end has enough before all is sent is no failure.
	cat >"$units/dcosup-zeros@.service" <<END
[Unit]
Description=dcosup: data for another node to measure by
[Service]
ExecStart=-/bin/sh -c 'exec head -c 1000000000 /dev/zero'
StandardInput=null
StandardOutput=socket
StandardError=null
END
fi
systemctl daemon-reload
for unit in dcosup-ports.socket dcosup-heard.socket dcosup-zeros.socket dcosup-ports.service dcosup-heard.service; do
	[ -e "$units/$unit" ] || continue
	systemctl reset-failed "$unit" 2>/dev/null || :
	if ! systemctl start "$unit"; then
		journalctl -u "$unit" -n 5 --no-pager -o cat >&2 || :
		exit 1
	fi
done
