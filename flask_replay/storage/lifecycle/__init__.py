"""The life cycle of recordings: they are finalized, recovered, moved, re-encrypted, forgotten, and
deleted by age or size.
"""
