"""Traces as data: what one render read, in cells."""
