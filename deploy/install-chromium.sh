#!/bin/sh
# Installs Chromium without a window, which costs half of the other's processor time, and the fonts the browser tests
# look at, with the system's package manager.
set -eu
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The browser tests need Chromium: install the package 'chromium-headless-shell', then run this again." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq chromium-headless-shell fonts-noto-color-emoji fonts-noto-cjk fonts-inter >/dev/null
