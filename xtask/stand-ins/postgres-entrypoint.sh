#!/bin/sh
# A new folder is made a cluster, in which the scripts of /docker-entrypoint-initdb.d are run; then the server starts.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust $POSTGRES_INITDB_ARGS
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl -w -o "-c listen_addresses=''" start
  for script in /docker-entrypoint-initdb.d/*; do sh "$script"; done
  pg_ctl -w -m fast stop
fi
exec "$@" -c 'listen_addresses=*'
