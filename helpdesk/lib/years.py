"""Dates that people may write: at the ends of the calendar, another zone or one more day would be out of it."""

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator

YEARS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1)))
