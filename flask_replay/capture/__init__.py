"""Deprecated: only old imports lead here. The recorder is in ``flask_replay/recorder``; captures by
hand are in ``recorder/captures.py``.
"""
