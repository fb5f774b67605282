"""What ``./dev`` does, without any package: environments, system packages, and commands."""
