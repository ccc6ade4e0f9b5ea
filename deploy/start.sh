#!/bin/sh
# start.sh SECRET... -- PROGRAM ARGUMENT...
# Becomes the program, unless this is production and a secret is one that everybody can read in this repository.
set -eu

while [ "$1" != "--" ]; do
  case "${CAFETERIA_MODE:-demo}:$(cat "/run/secrets/$1")" in
    production:demo-* | production:*:demo-*@* | production:*:guest@* | production:admin)
      echo "refused: the secret $1 is the demo's; \`cafeteria secrets\` makes others" >&2
      exit 1
      ;;
  esac
  shift
done
shift
exec "$@"
