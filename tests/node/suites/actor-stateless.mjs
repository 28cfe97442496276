import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds, refusedWith } from "./behaviours.mjs";

const blank = () => client.getOrCreate("blank", fresh());

holds("An actor without state answers calls", async () => {
  assert.equal(await blank().ping(), "pong");
});

holds("It knows its own id", async () => {
  const actor = blank();
  assert.equal(await actor.ownId(), await actor.resolve());
});

holds("Two of them are two actors", async () => {
  assert.notEqual(await blank().ownId(), await blank().ownId());
});

holds("Reading its state is an error, and the caller is not told more", async () => {
  await refusedWith("actor.state_not_enabled", blank().readState());
});

differs("Asking for the actor's own database is an error", async () => {
  assert.equal(await blank().hasDatabase(), false);
});
