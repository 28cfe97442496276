"""Errors of schedules: `schedule.*`."""

from __future__ import annotations

from typing import Final

from actors.error_table.kind import ErrorKind

# One row on two lines: a table is read downwards, so the formatter keeps off.
# fmt: off
SCHEDULES: Final[dict[str, ErrorKind]] = {
    "schedule.args_too_large": ErrorKind("Arguments too large ({size} bytes). Limit is {limit} bytes.",
        "Own. Keep the data in KV and schedule its key.", 400),
    "schedule.backfill_too_large": ErrorKind(
        "The range has too many times: {maximum} runs of an actor may wait, {waiting} do already.",
        "Own. Choose a shorter range, or wait until those that wait have run.", 400),
    "schedule.interrupted": ErrorKind("Scheduled action was interrupted before completion.",
        "It runs again at its next time; make it safe to repeat."),
    "schedule.invalid_cron_expression": ErrorKind("Cron expression is invalid: {reason}",
        "Use five fields: minute, hour, day of month, month, day of week."
        " Each five minutes is */5 * * * *, at nine on weekdays 0 9 * * 1-5."),
    "schedule.invalid_interval": ErrorKind(
        "Schedule interval must be at least {minimum_ms} ms; received {interval_ms} ms.",
        "Use a timer in run() for shorter periods."),
    "schedule.invalid_max_history": ErrorKind(
        "Schedule maxHistory must be between 0 and {maximum}; received {max_history}.",
        "Choose a number in that range."),
    "schedule.invalid_name": ErrorKind("Schedule name is invalid: {reason}",
        "Use a short non-empty name."),
    "schedule.invalid_policy": ErrorKind("Schedule policy is invalid: {reason}",
        "Own. Correct what the reason names: see docs/schedules.md.", 400),
    "schedule.invalid_schedule_row": ErrorKind("Stored schedule '{schedule_id}' is invalid: {reason}",
        "Delete the schedule and set it again."),
    "schedule.invalid_time": ErrorKind("Schedule time is invalid: {reason}",
        "Own. Give seconds, a timedelta, Unix milliseconds or a datetime with a time zone;"
        " of a range, an end that comes after its beginning, 366 days at most.", 400),
    "schedule.invalid_timezone": ErrorKind("Schedule timezone '{timezone}' is invalid.",
        "Use an IANA name such as Europe/Berlin."),
    "schedule.max_schedules_exceeded": ErrorKind(
        "Actor has reached its limit of {maximum} pending schedules.",
        "Cancel old schedules, or keep the times in state and schedule only the next."),
    "schedule.not_recurring": ErrorKind("There is no recurring schedule {schedule}.",
        "Own. Look at list(): only what runs time and again has times that can be run once more.", 404),
    "schedule.too_many_runs": ErrorKind(
        "The schedule has {maximum} runs under way: no other can be ordered now.",
        "Own. Wait until one of them has ended, or mend what they fail at.", 409),
}
# fmt: on
