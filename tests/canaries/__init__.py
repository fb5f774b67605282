"""Secrets are sent through every channel of an app, and then looked for in every byte that was
kept.
"""
