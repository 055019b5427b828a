#!/bin/sh
# Make sure of what is measured against, and of what makes the load. Say what to install otherwise.
set -eu

need=""
command -v nginx >/dev/null || need="$need nginx"
[ -e /usr/lib/nginx/modules/ngx_http_lua_module.so ] || need="$need libnginx-mod-http-lua"
command -v wrk >/dev/null || need="$need wrk"
command -v h2load >/dev/null || need="$need nghttp2-client"
[ -z "$need" ] && exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "installing for the benchmark:$need"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086 -- a list of package names
    apt-get install -y -qq --no-install-recommends $need >/dev/null
    exit 0
fi
echo "The benchmark needs:$need. Install them, for example: sudo apt-get install$need" >&2
exit 1
