"""What can be measured, and on whom: the one table that the command line, the rounds and the tests go by."""

from __future__ import annotations

PLATFORM = "actors-"

SPEED = ("http_action", "ws_action", "ws_pipelined", "hot_actor", "readonly", "cold_create", "broadcast")
KV = "kv"
QUEUE = "queue"
WAKE = "wake"
CHURN = ("churn", "ws_churn")
ALARMS = ("alarm_awake", "alarm_asleep", "alarm_burst")
LOADS = (*SPEED, KV, QUEUE, WAKE, *CHURN, *ALARMS)

# What standing costs, each on a fresh server.
FOOTPRINT = "footprint"
HIBERNATION = "hibernation"
RESTING = "resting"
SCENARIOS = (*LOADS, FOOTPRINT, HIBERNATION, RESTING)


def takes_part(contestant: str, scenario: str) -> bool:
    """Only who has the thing: plain Django has no keys and nothing that sleeps, workerd cannot be told to."""
    if contestant.startswith(PLATFORM):
        return True
    if scenario in {*CHURN, *ALARMS, FOOTPRINT, QUEUE, RESTING}:
        return False
    if scenario in {KV, WAKE, HIBERNATION}:
        return contestant == "workerd"
    return contestant != "bare-daphne" or scenario == "http_action"
