"""Switches off what libraries would send from the user's machine: import it before they are.

onnxruntime 1.32 sends events about its use to its maker unless told not to before it is loaded, and
keeps a device's number and a queue of events, model names and paths included, in the user's cache
folder. harec sends nothing, so this is no setting: neither ``HAREC_TUNE`` nor what the environment
said before changes it. Processes that are started from this one inherit it.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
