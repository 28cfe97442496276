"""The counter, tested the unittest way. docs/testing.md quotes from here."""

from __future__ import annotations

from actors import ActorError
from actors.testing import ActorTestCase
from examples.counter.actors import MAX_STEP, Counter


class CounterTests(ActorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.counter = Counter.actors.get_or_create("main")

    def test_it_counts_and_remembers(self) -> None:
        self.assertEqual(self.counter.increment(41).result(), 41)
        self.actors.advance(3600).result()
        self.assertEqual(self.actors.awake, [])
        self.assertEqual(self.counter.increment().result(), 42)
        self.assertEqual(self.counter.reset().result(), 0)

    async def test_it_tells_who_listens(self) -> None:
        async with Counter.actors.connect(self.counter) as conn:
            heard = await self.actors.listen(conn.events(Counter.new_count))
            await self.counter.increment(5)
            await self.counter.reset()
            self.assertEqual(await heard.all(), [5, 0])

    def test_it_refuses_giant_steps(self) -> None:
        with self.assertRaisesRegex(ActorError, "user.step_too_large"):
            self.counter.increment(MAX_STEP + 1).result()
        self.assertEqual(self.counter.get_count().result(), 0)


class CounterOnPostgresTests(CounterTests):
    store = "postgres"
