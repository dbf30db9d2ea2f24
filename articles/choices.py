"""The closed vocabularies of articles."""

from django.db.models import TextChoices


class DatePrecision(TextChoices):
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    MINUTE = "minute"
