# SPDX-License-Identifier: Apache-2.0
"""A camera that no one here wrote: GStreamer's RTSP server with a test picture in H.264. Usage: gstreamer-camera.py PORT"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory(shared=True)
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1"
    " ! x264enc tune=zerolatency key-int-max=25 speed-preset=ultrafast ! video/x-h264,profile=main"
    " ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
