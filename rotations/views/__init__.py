"""Pages: hours and absences, and the duties of volunteers."""
