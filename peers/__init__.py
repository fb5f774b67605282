"""Other projects' own test suites, run bare and with recording on, test by test."""
