"""A reminder service: schedules that wake their actor, and a digest by cron."""
