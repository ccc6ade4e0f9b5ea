# Stands in for caddy, with Debian's.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends caddy wget
