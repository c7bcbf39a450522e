"""The demo: an invented company's Monday morning. Nothing here runs outside `manage.py demo`."""
