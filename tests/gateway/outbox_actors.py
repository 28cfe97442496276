"""An actor that ordinary Django code calls, and what that code looks like."""

from __future__ import annotations

from dataclasses import dataclass, field

from asgiref.sync import sync_to_async

from actors import Actor, Options, Queue, UserError, action


@dataclass
class Notes:
    lines: list[str] = field(default_factory=list)


class Notary(Actor):
    state: Notes
    options = Options(max_incoming_message_size=1_000, max_queue_message_size=500)
    jobs = Queue(str)
    failing = 0
    """How many of the next calls fail, of any actor."""
    willing = False
    """Whether `refuse` does something after all."""

    @action
    async def note(self, line: str) -> int:
        self.state.lines.append(line)
        if Notary.failing:
            Notary.failing -= 1
            raise ValueError(line)
        return len(self.state.lines)

    @action
    def refuse(self) -> None:
        if not Notary.willing:
            raise UserError("not today")
        self.state.lines.append("refused no more")

    @action(readonly=True)
    def read(self) -> list[str]:
        return self.state.lines

    @action
    async def took(self) -> list[str]:
        """The messages that there are."""
        found = []
        while message := await self.jobs.try_next():
            found.append(message.body)
            await message.complete()
        return found

    @action
    async def pass_on(self, other: str, fails: bool) -> None:
        """From inside a block of its own."""
        async with self.atomic():
            self.state.lines.append(other)
            await sync_to_async(Notary.actors.get_or_create(other).note.on_commit)(f"from {self.key[0]}")
            if fails:
                raise UserError("no")

    @action
    def misuse(self, other: str) -> None:
        Notary.actors.get_or_create(other).note.on_commit("never")

    @action
    def misuse_itself(self) -> None:
        self.note.on_commit("never")
