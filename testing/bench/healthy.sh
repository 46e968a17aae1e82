#!/bin/sh
# Waits until a master serves, by what dcosup asks too. What has answered once is not asked again.
ask() { curl -fsS --max-time 5 "http://127.0.0.1:$1"; }
await() { until "$@"; do sleep 0.2; done; }

serving() { ask 8181/exhibitor/v1/cluster/status | grep -q '"description": *"serving"'; }
recovered() { ask 5050/metrics/snapshot | grep -q '"registrar/log/recovered": *1'; }

await serving
await ask 5050/health
await recovered
await ask 5050/slaves
await ask 8080/ping
await ask 80/dcos-metadata/dcos-version.json
await ask 80/
