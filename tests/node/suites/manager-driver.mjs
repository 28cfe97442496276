import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds, refusedWith } from "./behaviours.mjs";

const counter = (key, options) => client.getOrCreate("counter", key, options);
const input = { name: "suites", value: 42, nested: { foo: "bar" } };

holds("A key finds its actor or makes it", async () => {
  const key = [...fresh(), "second"];
  await counter(key).increment(10);
  assert.equal(await counter(key).increment(0), 10);
});

holds("A refused duplicate leaves the first actor as it was", async () => {
  const key = fresh();
  await counter(key).increment(5);
  const error = await refusedWith("actor.duplicate_key", client.create("counter", key));
  assert.equal(error.metadata.existing_actor_id, await counter(key).resolve());
  assert.equal(await counter(key).getCount(), 5);
});

holds("`get` makes nothing, and finds what was made later", async () => {
  const [key] = fresh();
  await refusedWith("actor.not_found", client.get("counter", [key]).resolve());
  await counter(key).increment(3);
  assert.equal(await client.get("counter", key).getCount(), 3);
});

holds("Params that an actor does not look at do no harm", async () => {
  const handle = counter(fresh(), { params: { userId: "user-1", settings: { step: 5 } } });
  assert.equal(await handle.increment(1), 1);
});

holds("`create` passes its input to both hooks of birth", async () => {
  const actor = await client.create("inheritor", fresh(), { input });
  assert.deepEqual(await actor.told(), { first: input, then: input });
});

holds("`getOrCreate` passes its input once; later callers change nothing", async () => {
  const key = fresh();
  const made = client.getOrCreate("inheritor", key, { createWithInput: input });
  assert.deepEqual(await made.told(), { first: input, then: input });
  const again = client.getOrCreate("inheritor", key, { createWithInput: "another" });
  assert.deepEqual(await again.told(), { first: input, then: input });
});

differs("Without input the hooks get `undefined`", async () => {
  const actor = await client.create("inheritor", fresh());
  assert.deepEqual(await actor.told(), { first: null, then: null });
});

holds("The parts of a key arrive as they are, slashes too", async () => {
  const key = ["tenant/with/slash", ...fresh()];
  assert.deepEqual((await client.getOrCreate("echo", key).whoAmI()).key, key);
});

holds("A longer or shorter key is another actor", async () => {
  const [part] = fresh();
  await counter([part, "test", "us-east"]).increment(10);
  const keys = [[part, "test", "us-east"], [part, "test"], [part]];
  assert.deepEqual(await Promise.all(keys.map((key) => counter(key).increment(0))), [10, 0, 0]);
});

holds("A text is the key with that one part", async () => {
  const [part] = fresh();
  await counter(part).increment(7);
  assert.equal(await counter([part]).getCount(), 7);
});

holds("No key, `undefined` and the empty list are the same actor", async () => {
  const ids = await Promise.all([counter(), counter(undefined), counter([])].map((handle) => handle.resolve()));
  assert.equal(new Set(ids).size, 1);
});

holds("The actor without a key is none of those with one", async () => {
  assert.notEqual(await counter().resolve(), await counter(fresh()).resolve());
});

holds("Several actors of a type live side by side", async () => {
  const keys = [fresh(), fresh(), fresh()];
  await Promise.all(keys.map((key, index) => counter(key).increment(index + 1)));
  assert.deepEqual(await Promise.all(keys.map((key) => counter(key).getCount())), [1, 2, 3]);
});
