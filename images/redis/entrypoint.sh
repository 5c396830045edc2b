#!/bin/sh
# Becomes redis-server as the user redis. Options and a configuration file may be given without the program's name.
set -eu

case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "${1:-}" != redis-server ]; then exec "$@"; fi

# Protected mode refuses every connection from another container. The official image is compiled without it.
case " $* " in
  *' --protected-mode '*) ;;
  *) set -- "$@" --protected-mode no ;;
esac

if [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis '{}' +
  exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
