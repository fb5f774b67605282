"""Delivery: encode what was recorded, queue it, and write it to the store, or to the spool while
the store fails.
"""
