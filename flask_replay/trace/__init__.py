"""Traces as data: what one render read, as cells."""
