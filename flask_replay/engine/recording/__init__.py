"""The recording runtime: it notes what a template reads, and makes a trace of the notes."""
