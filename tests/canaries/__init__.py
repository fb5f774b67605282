"""Secrets are sent through every input of an app, and then searched for in every byte that was
kept.
"""
