"""Templates: watch the app's Jinja environment, and turn what it renders into frames."""
