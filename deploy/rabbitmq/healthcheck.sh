#!/bin/bash
# Whether the broker answers. Its own tools start an Erlang of a hundred megabytes for that, each time.
set -euo pipefail

exec 3<> /dev/tcp/127.0.0.1/5672
exec 4<> /dev/tcp/127.0.0.1/15692
printf 'GET / HTTP/1.0\r\n\r\n' >&4
read -r -t 3 status <&4
[[ $status == HTTP/* ]]
