#!/bin/sh
# start.sh FILE... -- PROGRAM ARGUMENT...
# Becomes the program, unless this is production and a secret in one of the files is published with the project.
set -eu

while [ "$1" != "--" ]; do
  secret=$(cat "$1")
  case "${CAFETERIA_MODE:-demo}:$secret" in
    production:demo-* | production:*:demo-*@* | production:*:guest@* | production:admin)
      echo "refused: the secret in $1 is the demo's; \`cafeteria secrets\` makes others" >&2
      exit 1
      ;;
  esac
  shift
done
shift
exec "$@"
