#!/bin/sh
# Waits until the leading master on this node lists all agents. The arguments are their addresses.
for address; do
	until curl -fsS --max-time 5 http://127.0.0.1:5050/slaves | grep -q "\"$address\""; do sleep 0.2; done
done
