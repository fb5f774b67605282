"""Connections: messages of WebSockets and pieces of streams become batches."""
