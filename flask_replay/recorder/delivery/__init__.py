"""Delivery: what was recorded is encoded, buffered, and written to the store, or spooled while that
fails.
"""
