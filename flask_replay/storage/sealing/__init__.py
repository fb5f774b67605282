"""Sealed storage: what is written is encrypted, whatever the store below."""
