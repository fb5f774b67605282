"""Connections: turn messages of WebSockets and of streams into batches."""
