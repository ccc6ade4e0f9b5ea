# Stands in for redis, with Debian 13's.
FROM debian:trixie-slim
RUN groupadd --gid 999 redis && useradd --uid 999 --gid 999 redis \
    && apt-get update && apt-get install -y --no-install-recommends redis-server \
    && install -d -o 999 -g 999 /data
