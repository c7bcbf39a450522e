"""All writes: each is one transaction, takes the person first and leaves their presence right."""
