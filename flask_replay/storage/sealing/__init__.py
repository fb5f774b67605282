"""Sealed storage: encrypt recordings, in any store."""
