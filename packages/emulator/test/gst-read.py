# SPDX-License-Identifier: Apache-2.0
"""Runs a pipeline to its end and stops it in order: PAUSED, and NULL only when rtspsrc has told that PAUSE was answered.

gst-launch-1.0 goes to NULL at once. rtspsrc (seen in 1.22) then cancels the PAUSE that it is about to send, and takes its own
cancelling for an end of the connection: "Could not send message. (Received end-of-file)", in one reading of a hundred on a
loaded machine. The server sees a client that hangs up.

usage: gst-read.py PIPELINE...
"""
import sys

import gi

gi.require_version('Gst', '1.0')
from gi.repository import Gst  # noqa: E402

LONGEST_WAIT = 20 * Gst.SECOND


def wait(pipeline, kind, is_wanted=lambda message: True):
    """Until such a message; an error or a long silence ends the program with its text."""
    while True:
        message = pipeline.get_bus().timed_pop_filtered(LONGEST_WAIT, kind | Gst.MessageType.ERROR)
        if message is None:
            fail(pipeline, f'no {kind} for {LONGEST_WAIT // Gst.SECOND} s')
        if message.type == Gst.MessageType.ERROR:
            fail(pipeline, ' '.join(str(part) for part in message.parse_error()))
        if is_wanted(message):
            return


def fail(pipeline, reason):
    pipeline.set_state(Gst.State.NULL)
    sys.exit(reason)


def has_paused(message):
    kind, _, text = message.parse_progress()
    return kind == Gst.ProgressType.COMPLETE and 'PAUSE' in text


Gst.init(None)
pipeline = Gst.parse_launch(' '.join(sys.argv[1:]))
pipeline.set_state(Gst.State.PLAYING)
wait(pipeline, Gst.MessageType.EOS)
pipeline.set_state(Gst.State.PAUSED)
wait(pipeline, Gst.MessageType.PROGRESS, has_paused)
pipeline.set_state(Gst.State.NULL)
