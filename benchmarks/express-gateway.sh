#!/bin/sh
# Fetch the server that Keyfob is measured beside, once, into the cache of whoever measures.
# Without it all the rest is measured: what is missing, and why, is said.
set -eu

version=1.16.11
folder="${XDG_CACHE_HOME:-$HOME/.cache}/keyfob-bench/express-gateway"
package="$folder/node_modules/express-gateway/package.json"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Not measured: express-gateway. Install node and npm, for example: sudo apt-get install nodejs npm" >&2
    exit 0
fi
grep -qs "\"version\": \"$version\"" "$package" && exit 0

echo "fetching express-gateway $version"
mkdir -p "$folder"
echo '{"private": true}' >"$folder/package.json"
npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --silent "express-gateway@$version" && exit 0
rm -rf "$folder"
echo "Not measured: express-gateway. npm could not fetch it: is registry.npmjs.org in reach?" >&2
