# Stands in for caddy, with Debian 13's.
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends caddy wget
