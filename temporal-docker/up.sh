#!/bin/sh
# Starts everything and waits until it is healthy. The first time it makes .env with new secrets: back that file up, since
# nobody can make MASTER_KEY again. Arguments go to `docker compose up`.
set -eu
cd "$(dirname "$0")"

if [ ! -e .env ]; then
  hex() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
  umask 077
  cat > .env.new <<SECRETS
# Made by up.sh. Keep a copy in a safe place, and nobody else's eyes off it.
POSTGRES_PASSWORD=$(hex)
TEMPORAL_DB_PASSWORD=$(hex)
SHOWRUNNER_DB_PASSWORD=$(hex)
# Encrypts the stream keys and hashes the secrets in the database. Lost, they are lost.
MASTER_KEY=$(head -c 32 /dev/urandom | base64)

# Which address of this machine encoders and viewers come to, and what players are told.
BIND_ADDRESS=127.0.0.1
PUBLIC_HTTP_URL=http://127.0.0.1:8081
PUBLIC_RTMP_URL=rtmp://127.0.0.1:1935
SECRETS
  mv .env.new .env
  echo 'Made .env with new secrets. Back it up.'
fi

exec docker compose up --detach --build --wait "$@"
