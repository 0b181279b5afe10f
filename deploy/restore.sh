#!/bin/sh
# restore.sh FILE: a dump into an empty database, all of it or nothing. The roles must be there: `python cli.py db bootstrap`.
# RESTORE_URL: the empty database, as a superuser. PSQL, PG_RESTORE: the programs. Default: those of PATH.
set -eu
file=${1:?usage: restore.sh FILE}
: "${RESTORE_URL:?set it to the empty database, as a superuser}"
tables=$("${PSQL:-psql}" --no-psqlrc --tuples-only --no-align --dbname="$RESTORE_URL" \
  --command="select count(*) from pg_tables where schemaname = 'public'")
if [ "$tables" != 0 ]; then
  echo "The database is not empty ($tables tables): nothing was changed." >&2
  exit 1
fi
"${PG_RESTORE:-pg_restore}" --exit-on-error --single-transaction --dbname="$RESTORE_URL" "$file"
echo "restored: $file"
