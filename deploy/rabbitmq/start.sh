#!/bin/sh
# Starts RabbitMQ; on its first start it makes the user of the services' own URL.
set -eu
umask 077

url=$(cat /run/secrets/rabbitmq.url)
rest=${url#*://}
user=${rest%%:*}
password=${rest#*:}
password=${password%%@*}
{
  cat /deploy/rabbitmq/rabbitmq.conf
  echo "default_user = $user"
  echo "default_pass = $password"
} > /run/rabbitmq/rabbitmq.conf
exec rabbitmq-server
