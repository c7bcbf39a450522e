"""Mail, from the bytes that come in to the bytes that leave: verify, parse, deliver. What a message means for a
ticket is decided in `tickets.actions`."""
