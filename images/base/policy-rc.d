#!/bin/sh
# 101: "action forbidden by policy". Daemons are started by the entrypoint, never by a package.
exit 101
