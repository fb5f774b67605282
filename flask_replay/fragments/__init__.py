"""Pages that change without being reloaded: how a fragment changes the page that requested it."""
