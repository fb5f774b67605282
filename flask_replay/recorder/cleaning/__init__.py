"""Cleaning: sanitize recorded data, and share secrets with other workers."""
