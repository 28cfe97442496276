import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds, refusedWith, until } from "./behaviours.mjs";

holds("`get` reaches an actor that was made before", async () => {
  const key = fresh();
  await client.create("counter", key);
  const handle = client.get("counter", key);
  assert.deepEqual([await handle.increment(5), await handle.getCount()], [5, 5]);
});

holds("`getForId` reaches an actor by its id", async () => {
  const handle = client.getOrCreate("counter", fresh());
  await handle.increment(3);
  const byId = client.getForId("counter", await handle.resolve());
  assert.deepEqual([await byId.getCount(), await byId.increment(4)], [3, 7]);
});

holds("`getOrCreate` makes an actor once", async () => {
  const key = fresh();
  await client.getOrCreate("counter", key).increment(7);
  assert.equal(await client.getOrCreate("counter", key).getCount(), 7);
});

holds("`create` gives a handle of the new actor", async () => {
  const handle = await client.create("counter", fresh());
  assert.deepEqual([await handle.increment(9), await handle.getCount()], [9, 9]);
});

holds("A second `create` with the same key is refused", async () => {
  const key = fresh();
  await client.create("counter", key);
  await refusedWith("actor.duplicate_key", client.create("counter", key));
});

holds("`get(...).resolve()` of nobody is refused", async () => {
  await refusedWith("actor.not_found", client.get("counter", fresh()).resolve());
});

holds("One handle makes many calls", async () => {
  const handle = client.getOrCreate("counter", fresh());
  assert.deepEqual([await handle.increment(3), await handle.increment(5), await handle.getCount()], [3, 8, 8]);
});

holds("Two handles of one key see the same state", async () => {
  const key = fresh();
  const [one, other] = [client.getOrCreate("counter", key), client.get("counter", key)];
  await one.increment(3);
  assert.deepEqual([await other.getCount(), await other.increment(4), await one.getCount()], [3, 7, 7]);
});

holds("`resolve` gives an id that can be used", async () => {
  const handle = client.getOrCreate("counter", fresh());
  await handle.increment(1);
  const id = await handle.resolve();
  assert.ok(typeof id === "string" && id.length > 0);
  assert.equal(await client.getForId("counter", id).getCount(), 1);
});

const lifelog = (key, track) => client.getOrCreate("lifelog", key, { params: { track } });
const count = (entries) => Object.fromEntries(entries.map((name) => [name, entries.filter((one) => one === name).length]));

holds("An actor wakes once for all handles", async () => {
  const key = fresh();
  assert.deepEqual(await lifelog(key).entries(), ["wake"]);
  assert.deepEqual(await lifelog(key).entries(), ["wake"]);
});

holds("Each HTTP action runs the hooks of a connection", async () => {
  const key = fresh();
  const [view, tracked] = [lifelog(key), lifelog(key, true)];
  for (const calls of [1, 2]) {
    await tracked.work();
    const entries = count(await until(() => view.entries(), (list) => list.length >= 1 + 3 * calls));
    assert.deepEqual(entries, { wake: 1, "before connect": calls, connect: calls, disconnect: calls });
  }
});

holds("Calls of several handles run them for each call", async () => {
  const key = fresh();
  await Promise.all([lifelog(key, true).work(), lifelog(key, true).work()]);
  const entries = count(await until(() => lifelog(key).entries(), (list) => list.length >= 7));
  assert.deepEqual(entries, { wake: 1, "before connect": 2, connect: 2, disconnect: 2 });
});
