#!/usr/bin/env bash
# The deployment of compose.yaml without containers, on free ports of this machine: Redis or Valkey, two replicas, haproxy.
# Usage: deploy/local.sh [OPTION OF SERVE]..., for example --sandbox; settings come from the environment. It prints one line
# of NAME=VALUE pairs with the address to use and the process ids. When it ends, it stops everything that it started.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
started=()
finish() {
  trap - EXIT INT TERM
  for id in "${started[@]}"; do kill "$id" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 0' INT TERM

free_ports() { # print $1 different ports
  python3 - "$1" <<'PY'
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(each.getsockname()[1] for each in sockets))
PY
}

opens() { # wait until process $1 accepts connections on port $2
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then return; fi
    kill -0 "$1" 2>/dev/null || { echo "local.sh: a process exited before it was listening" >&2; exit 1; }
    sleep 0.1
  done
  echo "local.sh: nothing is listening on port $2" >&2
  exit 1
}

redis=$(command -v valkey-server || command -v redis-server) || { echo "local.sh: install redis-server or valkey-server" >&2; exit 2; }
haproxy=$(PATH=$PATH:/usr/sbin command -v haproxy) || { echo "local.sh: install haproxy" >&2; exit 2; }
read -r redis_port port_1 port_2 balancer_port < <(free_ports 4)

"$redis" --port "$redis_port" --bind 127.0.0.1 --dir "$work" --save "" --appendonly no --loglevel warning >/dev/null &
redis_id=$!
started+=("$redis_id")
export TELNYX_REDIS_URL=redis://127.0.0.1:$redis_port TELNYX_HTTP_TRUSTED_PROXIES=127.0.0.1
opens "$redis_id" "$redis_port"

replica() {
  "${PYTHON:-python3}" -m telnyx_connections_mcp serve --http "127.0.0.1:$1" "${@:2}" &
  started+=("$!")
}
replica "$port_1" "$@"
replica "$port_2" "$@"
opens "${started[1]}" "$port_1"
opens "${started[2]}" "$port_2"
# Only now: haproxy would take replicas that are still starting for dead, and for up to a second after they have started.
BIND=127.0.0.1:$balancer_port REPLICA_1=127.0.0.1:$port_1 REPLICA_2=127.0.0.1:$port_2 \
  "$haproxy" -f "$here/haproxy.cfg" -db -q &
started+=("$!")
opens "${started[3]}" "$balancer_port"
echo "URL=http://127.0.0.1:$balancer_port/mcp REDIS_PORT=$redis_port REDIS=$redis_id REPLICA_1=${started[1]} REPLICA_2=${started[2]} BALANCER=${started[3]}"
wait
