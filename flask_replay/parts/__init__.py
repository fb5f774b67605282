"""What :class:`Replay` has besides recording: choices of what is recorded, insights, moments,
signed links.
"""
