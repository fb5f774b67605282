"""Cleaning: sanitize what was recorded with sanitizers, and share secrets with other workers."""
