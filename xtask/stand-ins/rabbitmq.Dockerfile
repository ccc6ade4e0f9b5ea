# Stands in for rabbitmq, with Debian 13's.
FROM debian:trixie-slim
RUN groupadd --gid 999 rabbitmq && useradd --uid 999 --gid 999 --home-dir /var/lib/rabbitmq rabbitmq \
    && apt-get update && apt-get install -y --no-install-recommends rabbitmq-server \
    && rm -rf /var/lib/rabbitmq && install -d -o 999 -g 999 -m 0700 /var/lib/rabbitmq
ENV HOME=/var/lib/rabbitmq LANG=C.UTF-8 PATH=/usr/lib/rabbitmq/bin:$PATH
