"""What people write, checked. What may be done with it the actions say."""
