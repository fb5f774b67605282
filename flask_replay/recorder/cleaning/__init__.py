"""What may be kept of what was recorded: sanitizers, addresses, events, and what other workers know
of secrets.
"""
