"""The columns of the model, in the order in which it takes them, and their units."""

from __future__ import annotations

from typing import Final

CATEGORIES: Final = ("carrier", "origin", "dest")
SCHEDULE: Final = ("distance", "dep_hour", "dep_minute", "day_of_week", "sched_duration")
WEATHER: Final = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
PLANE: Final = ("seats", "plane_year")
NUMBERS: Final = (*SCHEDULE, *WEATHER, *PLANE)
FEATURES: Final = (*CATEGORIES, *NUMBERS)
LABEL: Final = "late"
TIME: Final = "time_hour"
OUTPUT: Final = "probability"

# (value - zero) * factor: from the units of the files (°F, mph, inches, miles) to those of a metric weather
# report (°C, m/s, mm, m). Pressure is in millibars in both.
METRIC: Final = {
    "temp": (32.0, 5 / 9),
    "dewp": (32.0, 5 / 9),
    "wind_speed": (0.0, 0.44704),
    "precip": (0.0, 25.4),
    "visib": (0.0, 1609.344),
}
UNITS: Final = ("imperial", "metric")
