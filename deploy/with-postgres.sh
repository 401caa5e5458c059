#!/bin/sh
# Runs a command with DATABASE_URL naming a PostgreSQL made for it: a new cluster in a temporary folder, on a socket of
# its own and no network port; stopped and removed when the command ends. PostgreSQL refuses to run as root, so root
# runs it as the user the package made.
set -eu

if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "This needs PostgreSQL: install the package 'postgresql', then run it again." >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
fi
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)")
folder=$(mktemp -d)

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

finish() {
    as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM
[ "$(id -u)" -ne 0 ] || chown postgres "$folder"
chmod 755 "$folder"

cd "$folder"
as_owner "$bin/initdb" -D "$folder/data" -U parley -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
as_owner "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
    -o "-c listen_addresses= -c unix_socket_directories=$folder -c fsync=off -c max_connections=200" start >/dev/null
as_owner "$bin/createdb" -h "$folder" -U parley parley
cd "$OLDPWD"
DATABASE_URL="postgres://parley@/parley?host=$folder" "$@"
