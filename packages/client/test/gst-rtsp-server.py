# SPDX-License-Identifier: Apache-2.0
"""GStreamer's RTSP server over the files of one folder, with digest login: a camera that nobody here wrote.

Usage: gst-rtsp-server.py FOLDER USER PASSWORD. Prints its port, then serves until its standard input ends. Every reader
gets a stream of its own, from the first byte of the file to the last.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

folder, user, password = sys.argv[1:4]
Gst.init(None)

H264 = f"filesrc location={folder}/video.h264 ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au ! rtph264pay pt=96 name="
H265 = f"filesrc location={folder}/video.h265 ! h265parse ! video/x-h265,stream-format=byte-stream,alignment=au ! rtph265pay pt=97 name="
MJPEG = f"multifilesrc location={folder}/picture-%03d.jpg index=1 caps=image/jpeg,framerate=25/1 ! jpegparse ! rtpjpegpay pt=26 name="
PCMA = f"filesrc location={folder}/sound.alaw blocksize=320 ! rawaudioparse format=alaw sample-rate=8000 num-channels=1 ! rtppcmapay pt=8 name="
PCMU = f"filesrc location={folder}/sound.mulaw blocksize=320 ! rawaudioparse format=mulaw sample-rate=8000 num-channels=1 ! rtppcmupay pt=0 name="

mounts = {
    "/h264": f"( {H264}pay0 )",
    "/h265": f"( {H265}pay0 )",
    "/mjpeg": f"( {MJPEG}pay0 )",
    "/pcma": f"( {PCMA}pay0 )",
    "/pcmu": f"( {PCMU}pay0 )",
    "/both": f"( {H264}pay0 {PCMA}pay1 )",
}

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
auth.add_digest(user, password, token)
server.set_auth(auth)
role = "viewer,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
for path, launch in mounts.items():
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(False)
    factory.set_eos_shutdown(False)
    factory.add_role_from_structure(Gst.Structure.new_from_string(role))
    server.get_mount_points().add_factory(path, factory)
server.attach(None)
print(server.get_bound_port(), flush=True)

loop = GLib.MainLoop()


def wait_for_end():
    sys.stdin.read()
    loop.quit()


threading.Thread(target=wait_for_end, daemon=True).start()
loop.run()
