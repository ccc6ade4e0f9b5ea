# Stands in for rust: this machine's own toolchain on Debian. What the machine trusts is trusted in here too.
FROM debian:bookworm-slim
COPY --from=stand-in/toolchain / /usr/local/
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV CARGO_HOME=/usr/local/cargo \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
