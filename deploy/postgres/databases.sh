#!/bin/sh
# Run once, by the image of PostgreSQL on its first start: for each service a database and a role that owns it. A role
# can reach no database but its own, and make none.
set -eu

for service in identity stock kitchen; do
  password=$(cat "/run/secrets/postgres-$service.password")
  # psql quotes the values itself (:"name", :'text'); the password is in no argument list and in no log.
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres <<SQL
\\set service $service
\\set password '$password'
CREATE ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres <<'SQL'
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
SQL
