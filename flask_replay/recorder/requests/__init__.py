"""Requests: turn a request and its response into a batch."""
