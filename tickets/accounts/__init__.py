"""Who is signed in, and by what: everything that stands on django-allauth and django-axes, without pages of its own."""
