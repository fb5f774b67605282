"""The former place of ``flask_replay.recorder``; what apps import from here has moved."""
