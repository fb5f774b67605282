"""The runtime that records: it notes what a template reads, and makes a trace of that."""
