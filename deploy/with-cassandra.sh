#!/bin/sh
# Runs a command with CASSANDRA_URL naming a Cassandra made for it (of NODES nodes, one unless told), its tables made,
# and REDIS_URL naming a Redis of its own; both on loopback, stopped by pid and removed when the command ends.
# Cassandra's libraries stay under var/.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
data=${PARLEY_DATA:-$top/var}
python=${PYTHON:-python3}
[ ! -x "$top/.venv/bin/python" ] || python=${PYTHON:-$top/.venv/bin/python}

if ! command -v redis-server >/dev/null; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "This needs Redis: install the package 'redis-server', then run it again." >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null
fi
folder=$(mktemp -d)
# A network and a range of ports of our own, so that a cluster on this machine goes on beside us.
number=$((10 + $$ % 200))
export CASSANDRA_NETWORK="127.0.$number" CASSANDRA_JMX=$((20000 + number * 10)) CASSANDRA_LIB="${CASSANDRA_LIB:-$data/cassandra/lib}"

finish() {
    sh "$top/deploy/cassandra.sh" stop "$folder/cassandra" || true
    [ -z "${redis:-}" ] || kill "$redis" 2>/dev/null || true
    while [ -n "${redis:-}" ] && kill -0 "$redis" 2>/dev/null; do sleep 0.1; done
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

redis-server --bind "$CASSANDRA_NETWORK.1" --port 6379 --dir "$folder" --save '' --appendonly no --daemonize yes \
    --pidfile "$folder/redis.pid" --logfile "$folder/redis.log" --protected-mode no
until [ -s "$folder/redis.pid" ]; do sleep 0.1; done
redis=$(cat "$folder/redis.pid")
export CASSANDRA_FOLDER="$folder/cassandra"
sh "$top/deploy/cassandra.sh" start "$CASSANDRA_FOLDER" "${NODES:-1}"
export CASSANDRA_URL="cassandra://$CASSANDRA_NETWORK.2:9042/parley_test?dc=datacenter1" REDIS_URL="redis://$CASSANDRA_NETWORK.1:6379/0"
"$python" "$top/manage.py" make_history
"$@"
