"""Backups: a dump of the database and every attachment it names, with checksums, and the way back."""
