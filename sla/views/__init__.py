"""The pages of promises: what is promised to whom, by which hours, and how it goes."""
