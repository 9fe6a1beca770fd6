#!/bin/sh
# Makes the namespace with its retention and the search attributes that operators list by. Safe to repeat.
# Our migration checks the same once more (src/temporal/prepare-namespace.ts). Address: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE.
set -eu

# Closed workflows stay visible this long; Postgres keeps the record for ever.
retention=7d
# These commands do not take it from the environment.
namespace=${TEMPORAL_NAMESPACE:?}

if temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$namespace" --retention "$retention"
else
  temporal operator namespace create --namespace "$namespace" --retention "$retention"
fi

# One call each: of several names in one call the CLI (1.8.2) makes only the first. A namespace that was just made is known
# to all parts of the server a little later, hence the attempts.
for name in RoomState VodState StreamKeyState AppId MemberId RoomId; do
  attempt=0
  until temporal operator search-attribute create --namespace "$namespace" --name "$name" --type Keyword; do
    attempt=$((attempt + 1))
    if [ "$attempt" -ge 30 ]; then
      echo "The search attribute $name could not be made." >&2
      exit 1
    fi
    sleep 1
  done
done
