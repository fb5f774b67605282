"""Templates: the app's environment is listened to, and what it renders becomes frames."""
