"""Programs that record themselves, in this process or over HTTP: jobs, runs, actions, snapshots."""
