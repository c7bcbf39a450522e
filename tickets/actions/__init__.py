"""All writes, one capability a file. Each action is one transaction, records one event and raises its own errors."""
