"""What one render read, and the instrumented templates that tell."""
