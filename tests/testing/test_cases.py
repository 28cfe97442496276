"""ActorTestCase: sync and async methods, Django's client, and the same tests over Postgres."""

from __future__ import annotations

import asyncio

from django.contrib.auth import get_user_model
from django.http import HttpRequest, JsonResponse
from django.test import override_settings
from django.urls import path

from actors.errors import ActorError
from actors.testing import ActorTestCase
from tests.testing.rooms import Minutes, Parlour, Scribe


async def say_async(request: HttpRequest, text: str) -> JsonResponse:
    return JsonResponse({"said": await Parlour.actors.get_or_create("lobby").say(text)})


def say_sync(request: HttpRequest, text: str) -> JsonResponse:
    return JsonResponse({"said": Parlour.actors.get_or_create("lobby").say(text).result(timeout=5)})


urlpatterns = [path("async/<text>/", say_async), path("sync/<text>/", say_sync)]


@override_settings(ROOT_URLCONF=__name__)
class ParlourTests(ActorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.room = Parlour.actors.get_or_create("lobby")
        self.room.say("before").result()

    def test_sync(self) -> None:
        self.assertEqual(self.room.say("hi").result(), 2)
        self.actors.advance(60).result()
        self.assertEqual(self.actors.awake, [])

    async def test_async(self) -> None:
        self.assertEqual(await self.room.say("hi"), 2)
        await self.actors.advance(60)
        self.assertEqual(await self.actors.state_of(self.room), Minutes(["before", "hi"]))

    def test_views_reach_the_node(self) -> None:
        self.assertEqual(self.client.get("/async/one/").json(), {"said": 2})
        self.assertEqual(self.client.get("/sync/two/").json(), {"said": 3})

    async def test_views_reach_the_node_through_the_async_client(self) -> None:
        self.assertEqual((await self.async_client.get("/async/one/")).json(), {"said": 2})
        self.assertEqual((await self.async_client.get("/sync/two/")).json(), {"said": 3})

    async def test_connections_work_from_another_loop(self) -> None:
        async with Parlour.actors.connect(self.room) as conn:
            heard = await self.actors.listen(conn.events(Parlour.said))
            await self.room.say("hi")
            self.assertEqual(await heard.next(), "hi")
            waiting = asyncio.ensure_future(anext(conn.events(Parlour.said)))
            await asyncio.sleep(0)
            await conn.say("again")
            self.assertEqual(await waiting, "again")

    async def test_a_task_asks_before_the_clock_is_turned(self) -> None:
        async def wait() -> str:
            with self.assertRaises(ActorError) as late:
                await self.room.wait_forever()
            return late.exception.name

        waiting = asyncio.ensure_future(wait())
        await self.actors.advance(20)
        self.assertEqual(await waiting, "actor.action_timed_out")

    def test_actors_see_the_rows_of_the_test(self) -> None:
        get_user_model().objects.create(username="ada")
        self.assertTrue(Scribe.actors.get_or_create("a").known("ada").result())

    async def test_the_test_sees_the_rows_of_actors(self) -> None:
        await Scribe.actors.get_or_create("a").touch()
        await self.actors.advance(60)
        self.assertTrue(await get_user_model().objects.filter(username="scribe-a").aexists())


class ParlourOnPostgresTests(ParlourTests):
    store = "postgres"
