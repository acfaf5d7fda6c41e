# SPDX-License-Identifier: Apache-2.0
# Run in a network namespace of its own: devices answer in a second one, at the other end of a cable; the search goes on here.
# NODE, HMP: the command. FAR, NEAR: addresses of the two ends.
set -e
ip link set lo up
lines=$(mktemp -u)
mkfifo "$lines"
exec 3<>"$lines"
unshare --net bash -c '
  until ip link set hmp1 up 2>/dev/null; do sleep 0.05; done
  ip link set lo up
  ip addr add "$FAR/24" dev hmp1
  exec "$NODE" "$HMP" emulate --cameras 2 --host "$FAR" --http-port 18080 --rtsp-port 15540 --discoverable --json
' >"$lines" &
far=$!
trap 'kill $far; rm -f "$lines"' EXIT
until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
ip link add hmp0 type veth peer name hmp1 netns $far
ip addr add "$NEAR/24" dev hmp0
ip link set hmp0 up
# Both devices are there.
read -r -t 30 _ <&3
read -r -t 30 _ <&3
# The kernel calls a cable connected some time after both ends are up; until then the search sees no interface.
until ip link show hmp0 | grep -q 'state UP'; do sleep 0.05; done
"$NODE" "$HMP" discover --seconds 3 --json
