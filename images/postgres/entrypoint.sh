#!/bin/sh
# Makes a cluster on the first start, then becomes the server. Same settings as the official image: POSTGRES_PASSWORD,
# POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, PGDATA, *_FILE for the first three, and
# *.sql, *.sql.gz and *.sh in /docker-entrypoint-initdb.d.
set -eu

from_file() {
  eval "value=\${$1:-}; file=\${$1_FILE:-}"
  if [ -n "$file" ]; then
    if [ -n "$value" ]; then
      echo "error: both $1 and $1_FILE are set (but are exclusive)" >&2
      exit 1
    fi
    eval "$1=\$(cat \"\$file\")"
  fi
}

create_cluster() {
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER
  from_file POSTGRES_DB
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    echo '       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.' >&2
    exit 1
  fi

  password_file=$(mktemp)
  printf '%s\n' "${POSTGRES_PASSWORD:-}" >"$password_file"
  set -- --username="$user" --auth-local=trust --auth-host=trust
  if [ -n "${POSTGRES_PASSWORD:-}" ]; then set -- "$@" --pwfile="$password_file"; fi
  # Word splitting is wanted: POSTGRES_INITDB_ARGS is a list of arguments.
  # shellcheck disable=SC2086
  initdb "$@" ${POSTGRES_INITDB_ARGS:-}
  rm "$password_file"
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  # A server that listens on no network makes the database and runs the scripts, so that nobody connects too early.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
  if [ "$database" != postgres ]; then
    psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$user" --dbname postgres --set db="$database" <<'SQL'
CREATE DATABASE :"db";
SQL
  fi
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh) echo "$0: running $script" && sh "$script" ;;
      *.sql) echo "$0: running $script" && psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$user" --dbname "$database" -f "$script" ;;
      *.sql.gz) echo "$0: running $script" && gunzip -c "$script" | psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$user" --dbname "$database" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo
  echo 'PostgreSQL init process complete; ready for start up.'
  echo
}

case ${1:-} in -*) set -- postgres "$@" ;; esac
if [ "${1:-}" != postgres ]; then exec "$@"; fi

if [ "$(id -u)" = 0 ]; then
  install -d -m 0700 -o postgres -g postgres "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chown postgres:postgres /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups sh "$0" "$@"
fi

if [ -s "$PGDATA/PG_VERSION" ]; then
  echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
else
  create_cluster
fi
unset POSTGRES_PASSWORD
exec "$@"
