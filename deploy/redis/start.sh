#!/bin/sh
# Starts Redis with its password, which is in no list of processes.
set -eu
umask 077

{ cat /deploy/redis/redis.conf; echo "requirepass $(cat /run/secrets/redis.password)"; } > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
