#!/bin/sh
# backup.sh FILE: a dump of the whole database, whole or not there at all.
# BACKUP_URL: Postgres as a superuser or a role with BYPASSRLS (others see no row of a team).
# PG_DUMP, PG_RESTORE: the programs, at least as new as the server. Default: those of PATH.
set -eu
file=${1:?usage: backup.sh FILE}
: "${BACKUP_URL:?set it to a superuser\'s URL}"
umask 077
trap 'rm -f "$file.part"' EXIT
"${PG_DUMP:-pg_dump}" --format=custom --dbname="$BACKUP_URL" --file="$file.part"
# A dump that cannot be listed could not be restored either.
"${PG_RESTORE:-pg_restore}" --list "$file.part" >/dev/null
mv "$file.part" "$file"
echo "written: $file ($(wc -c <"$file") bytes)"
