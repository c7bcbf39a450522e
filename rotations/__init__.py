"""Who works when: working hours, absences, and later the rounds of duties."""
