import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds, refusedWith } from "./behaviours.mjs";

const picky = (before) => client.getOrCreate("picky", fresh(), { params: { before } }).connect();

holds("A user error in `on_before_connect` refuses the connection", async () => {
  const error = await refusedWith("user.not_you", picky("user").ping());
  assert.equal(error.message, "Not you.");
});

holds("Any other exception there refuses it, masked", async () => {
  const error = await refusedWith("rivetkit.internal_error", picky("plain").ping());
  assert.equal(error.message, "An internal error occurred");
});

holds("If it takes too long there, the connection is refused", async () => {
  await refusedWith("actor.callback_timed_out", picky("slow").ping());
});

holds("Who is let in can call", async () => {
  assert.equal(await picky(undefined).ping(), "pong");
});

holds("What `on_state_change` writes to vars does not call it again", async () => {
  const actor = client.getOrCreate("watched", fresh());
  await actor.put(5);
  assert.deepEqual(await actor.seen(), { told: 1, double: 10 });
});

holds("Each of several changes calls it once", async () => {
  const actor = client.getOrCreate("watched", fresh());
  for (const value of [1, 2, 3]) await actor.put(value);
  assert.deepEqual(await actor.seen(), { told: 3, double: 6 });
});

holds("Reading the state does not call it", async () => {
  const actor = client.getOrCreate("watched", fresh());
  await actor.put(10);
  await Promise.all([actor.look(), actor.doubled(), actor.seen()]);
  assert.equal((await actor.seen()).told, 1);
});

differs("A write to the state in it raises `actor.state_mutation_reentrant`", async () => {
  const actor = client.getOrCreate("restless", fresh());
  await actor.put(5);
  assert.deepEqual(await actor.seen(), { value: 5, told: 1, error: null });
});
