"""Requests: what one carried and what it was answered with become a batch."""
