"""The methods of :class:`Replay` besides recording: choosing what is recorded, insights, moments
and signed links.
"""
