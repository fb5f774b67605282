"""The former place of ``flask_replay.recorder``. Captures are in ``recorder/captures.py``."""
