"""Sealed storage: encrypt what is written, whatever the store below."""
