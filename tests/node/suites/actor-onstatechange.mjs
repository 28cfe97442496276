import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds } from "./behaviours.mjs";

const watched = () => client.getOrCreate("watched", fresh());
const told = async (actor) => (await actor.seen()).told;

holds("A change of state is told once", async () => {
  const actor = watched();
  await actor.put(10);
  assert.equal(await told(actor), 1);
});

holds("Each action that changes something is told", async () => {
  const actor = watched();
  for (const value of [1, 2, 3]) await actor.put(value);
  assert.equal(await told(actor), 3);
});

holds("Reading is not told", async () => {
  const actor = watched();
  await actor.put(5);
  assert.equal(await actor.look(), 5);
  assert.equal(await told(actor), 1);
});

holds("Computing from the state is not told", async () => {
  const actor = watched();
  await actor.put(3);
  assert.equal(await actor.doubled(), 6);
  assert.equal(await told(actor), 1);
});

holds("A hundred changes in one action are told once", async () => {
  const actor = watched();
  await actor.burst(100);
  assert.deepEqual([await actor.look(), await told(actor)], [100, 1]);
});

holds("Reading the state twice gives the same object", async () => {
  assert.equal(await client.getOrCreate("restless", fresh()).sameState(), true);
});

holds("To connect, read and leave is not told", async () => {
  const actor = watched();
  const connection = actor.connect();
  assert.equal(await connection.look(), 0);
  await connection.dispose();
  assert.equal(await told(actor), 0);
});

differs("A write of the value that is there already is told", async () => {
  const actor = watched();
  await actor.put(1);
  await actor.put(1);
  assert.equal(await told(actor), 1);
});
