#!/bin/sh
# Installs Redis with the system's package manager. It is started by whoever needs it, never as a service.
set -eu
command -v redis-server >/dev/null && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "This needs Redis: install the package 'redis-server', then run it again." >&2
    exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null
