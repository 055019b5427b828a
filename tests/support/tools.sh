#!/bin/sh
# Make sure of what the tests need and no wheel brings. Never skip silently: say what to install.
set -eu

need=""
command -v fish >/dev/null || need="$need fish"
command -v curl >/dev/null || need="$need curl"
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
    command -v google-chrome >/dev/null || need="$need chromium-headless-shell"
for gateway in nginx haproxy caddy; do
    command -v "$gateway" >/dev/null || need="$need $gateway"
done
[ -z "$need" ] && exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "installing for the tests:$need"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086 -- a list of package names
    apt-get install -y -qq --no-install-recommends $need fonts-dejavu-core >/dev/null
    exit 0
fi
echo "The tests need:$need. Install them, for example: sudo apt-get install$need" >&2
exit 1
