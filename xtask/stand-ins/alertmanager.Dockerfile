# Stands in for prom/alertmanager, with Debian 13's.
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends prometheus-alertmanager wget \
    && ln -s /usr/bin/prometheus-alertmanager /usr/local/bin/alertmanager \
    && install -d -o 65534 -g 65534 /alertmanager
USER 65534:65534
WORKDIR /alertmanager
ENTRYPOINT ["alertmanager"]
