"""Will this flight arrive more than 15 minutes late? Asked with the schedule, the plane and the weather."""
