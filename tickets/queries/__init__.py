"""Every list that a page or the API shows, with its prefetches."""
