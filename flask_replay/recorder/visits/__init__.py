"""Visits: decide which recording a request belongs to, and whether it is recorded at all."""
