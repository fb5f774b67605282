"""Listening to an app: its templates, its requests, and the writer that keeps what they gave."""
