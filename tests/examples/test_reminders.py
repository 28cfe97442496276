"""The reminder service, with its clock turned by hand: a year takes no time."""

from __future__ import annotations

import pytest

from actors import ActorError, UserError
from actors.testing import ActorNode
from examples.reminders.actors import LONGEST, MAX_TEXT, Reminders

pytestmark = pytest.mark.actors(store="both")
DAY = 86_400


async def test_it_speaks_up_when_the_time_has_come_though_it_sleeps(actors: ActorNode) -> None:
    reminders = Reminders.actors.get_or_create("ada")
    number = await reminders.remind(" Tea ", 3600)
    await reminders.remind("Water", 60)
    assert [reminder.text for reminder in (await reminders.overview()).coming] == ["Water", "Tea"]
    await actors.advance(3590)
    assert await actors.status(reminders) == "asleep"
    await actors.advance(20)
    overview = await reminders.overview()
    assert [reminder.text for reminder in overview.reminded] == ["Tea", "Water"]
    assert (overview.coming, overview.reminded[0].id) == ([], number)


async def test_who_is_connected_hears_it(actors: ActorNode) -> None:
    async with Reminders.actors.connect("ada") as conn:
        heard = await actors.listen(conn.events(Reminders.due))
        await Reminders.actors.get_or_create("ada").remind("Tea", 5)
        await actors.advance(5)
        assert [reminder.text for reminder in await heard.all()] == ["Tea"]


async def test_a_cancelled_reminder_does_not_come(actors: ActorNode) -> None:
    reminders = Reminders.actors.get_or_create("ada")
    number = await reminders.remind("Tea", 60)
    assert await reminders.cancel(number)
    assert not await reminders.cancel(number)
    await actors.advance(3600)
    assert (await reminders.overview()).reminded == []


async def test_a_reminder_of_next_year_survives_a_crash(actors: ActorNode) -> None:
    reminders = Reminders.actors.get_or_create("ada")
    await reminders.remind("Birthday", LONGEST)
    await actors.restart(crash=True)
    await actors.advance(LONGEST + 60)
    assert [reminder.text for reminder in (await reminders.overview()).reminded] == ["Birthday"]


async def test_the_digest_comes_each_day_until_it_is_stopped(actors: ActorNode) -> None:
    reminders = Reminders.actors.get_or_create("ada")
    await reminders.remind("Later", 30 * DAY)
    await reminders.send_digest(9, "Europe/Berlin")
    assert (await reminders.overview()).digest_at is not None
    await actors.advance(3 * DAY)
    await reminders.stop_digest()
    await actors.advance(3 * DAY)
    overview = await reminders.overview()
    assert [reminder.text for reminder in overview.reminded] == ["1 reminder to come"] * 3
    assert overview.digest_at is None


@pytest.mark.parametrize(
    ("text", "seconds"), [(" ", 5), ("x" * (MAX_TEXT + 1), 5), ("x", -1), ("x", LONGEST + 1)]
)
async def test_what_is_no_reminder_is_refused(actors: ActorNode, text: str, seconds: float) -> None:
    with pytest.raises(UserError):
        await Reminders.actors.get_or_create("ada").remind(text, seconds)


@pytest.mark.parametrize(("hour", "zone"), [(24, "UTC"), (9, "Mars/Phobos")])
async def test_what_is_no_hour_is_refused(actors: ActorNode, hour: int, zone: str) -> None:
    with pytest.raises(ActorError):
        await Reminders.actors.get_or_create("ada").send_digest(hour, zone)
