# Stands in for prom/prometheus, with Debian 13's.
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends prometheus wget \
    && install -d -o 65534 -g 65534 /prometheus
USER 65534:65534
WORKDIR /prometheus
ENTRYPOINT ["prometheus"]
