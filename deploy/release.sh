#!/bin/sh
# release.sh IMAGE: brings a host that runs compose.yaml to IMAGE; back to the image before when it is not healthy.
# Run it in the folder that holds compose.yaml and .env. HEALTH_URL: what must answer 200. TRIES: seconds until it must.
set -eu
image=${1:?usage: release.sh IMAGE}
health=${HEALTH_URL:-http://127.0.0.1:8000/health/ready}
before=$(cat .release 2>/dev/null || true)

start() {
  ADGRAPH_IMAGE=$1 docker compose up --detach --no-build --no-deps worker api
}

tell_why() {
  ADGRAPH_IMAGE=$1 docker compose logs --tail 50 api >&2 || true
}

is_healthy() {
  left=${TRIES:-60}
  while [ "$left" -gt 0 ]; do
    if curl --fail --silent --max-time 2 --output /dev/null "$health"; then return 0; fi
    left=$((left - 1))
    sleep 1
  done
  return 1
}

docker pull "$image"
ADGRAPH_IMAGE=$image docker compose up --detach --no-build --wait postgres redis
# Before the switch: the release that runs goes on with the newer database.
ADGRAPH_IMAGE=$image docker compose run --rm --no-deps migrate
start "$image"
if is_healthy; then
  echo "$image" >.release
  echo "running: $image"
  exit 0
fi
echo "not healthy: $image" >&2
tell_why "$image"
if [ -z "$before" ]; then
  echo "there is no release to go back to" >&2
  exit 1
fi
start "$before"
if is_healthy; then echo "back to: $before" >&2; else echo "the release before is not healthy either: $before" >&2; fi
exit 1
