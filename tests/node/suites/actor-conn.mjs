import { strict as assert } from "node:assert";
import { client, collector, fresh, next } from "../drivers/common.mjs";
import { holds, refusedWith, until } from "./behaviours.mjs";

const counter = (key = fresh()) => client.getOrCreate("counter", key);
const hauler = () => client.getOrCreate("hauler", fresh()).connect();
const boxes = (count) => Array.from({ length: count }, (_, index) => `box ${index} of a load that is large enough to matter`);

/** A connection whose events are collected, subscribed for sure. */
async function listening(handle = counter()) {
  const connection = handle.connect();
  const heard = collector();
  const stop = connection.on("newCount", heard.add);
  await connection.getCount();
  return { connection, handle, heard, stop };
}

holds("`get(...).connect()` connects", async () => {
  const key = fresh();
  await client.create("counter", key);
  assert.equal(await client.get("counter", key).connect().increment(5), 5);
});

holds("`getForId(...).connect()` connects", async () => {
  const handle = counter();
  await handle.increment(3);
  assert.equal(await client.getForId("counter", await handle.resolve()).connect().getCount(), 3);
});

holds("`getOrCreate(...).connect()` connects", async () => {
  assert.equal(await counter().connect().increment(7), 7);
});

holds("`(await create(...)).connect()` connects", async () => {
  const handle = await client.create("counter", fresh());
  assert.equal(await handle.connect().increment(9), 9);
});

holds("A connection knows the actor's id once it is ready", async () => {
  const handle = counter();
  const connection = handle.connect();
  await connection.ready;
  assert.equal(connection.actorId, await handle.resolve());
});

holds("What HTTP calls change is told to connections", async () => {
  const { connection, handle, heard } = await listening();
  await connection.increment(1);
  await handle.increment(1);
  await handle.increment(1);
  assert.deepEqual(await heard.reach(3), [1, 2, 3]);
});

holds("Broadcasts arrive in their order", async () => {
  const { connection, heard } = await listening();
  await connection.increment(5);
  await connection.increment(3);
  assert.deepEqual(await heard.reach(2), [5, 8]);
});

holds("`once` hears one event", async () => {
  const { connection, heard } = await listening();
  const first = collector();
  connection.once("newCount", first.add);
  await connection.increment(5);
  await connection.increment(3);
  await heard.reach(2);
  assert.deepEqual(first.items, [5]);
});

holds("Who unsubscribes hears nothing more", async () => {
  const { connection, handle, heard, stop } = await listening();
  const other = await listening(handle);
  await connection.increment(5);
  await heard.reach(1);
  stop();
  await connection.increment(3);
  await other.heard.reach(2);
  await connection.getCount();
  assert.deepEqual(heard.items, [5]);
});

holds("Each connection brings its own params", async () => {
  const key = fresh();
  const [ada, bob] = ["Ada", "Bob"].map((username) =>
    client.getOrCreate("membership", key, { params: { username } }).connect(),
  );
  assert.equal((await ada.me()).username, "Ada");
  assert.equal((await bob.me()).username, "Bob");
  assert.deepEqual(Object.values(await ada.everybody()).sort(), ["Ada", "Bob"]);
});

holds("`getParams` is asked for each connection", async () => {
  let asked = 0;
  const getParams = async () => ({ username: `user ${++asked}` });
  const handle = client.getOrCreate("membership", fresh(), { getParams });
  const names = [];
  for (let round = 0; round < 2; round++) {
    const connection = handle.connect();
    names.push((await connection.me()).username);
    await connection.dispose();
  }
  assert.deepEqual(names, ["user 1", "user 2"]);
});

holds("If `getParams` fails, the client says so and tries again", async () => {
  let asked = 0;
  const getParams = async () => {
    if (++asked === 1) throw new Error("no token yet");
    return { username: "second try" };
  };
  const connection = client.getOrCreate("membership", fresh(), { getParams }).connect();
  const errors = collector();
  connection.onError(({ group, code }) => errors.add(`${group}.${code}`));
  await refusedWith("client.get_params_failed", connection.me());
  await connection.ready;
  assert.equal((await connection.me()).username, "second try");
  assert.deepEqual(errors.items, ["client.get_params_failed"]);
});

holds("The hooks of a connection run in their order", async () => {
  const key = fresh();
  const connection = client.getOrCreate("lifelog", key, { params: { track: true } }).connect();
  assert.deepEqual(await connection.entries(), ["wake", "before connect", "connect"]);
  await connection.dispose();
  const entries = await until(() => client.getOrCreate("lifelog", key).entries(), (list) => list.length > 3);
  assert.deepEqual(entries, ["wake", "before connect", "connect", "disconnect"]);
});

holds("`isConnected` is false at first, and true once it is open", async () => {
  const connection = counter().connect();
  assert.equal(connection.isConnected, false);
  await connection.ready;
  assert.equal(connection.isConnected, true);
});

holds("`ready` is one promise, and it resolves when the connection opens", async () => {
  const connection = counter().connect();
  const { ready } = connection;
  assert.equal(connection.ready, ready);
  await ready;
  assert.deepEqual([connection.isConnected, connection.ready], [true, ready]);
});

holds("`onOpen` is called when it opens", async () => {
  const connection = counter().connect();
  const opened = next();
  connection.onOpen(opened.resolve);
  await opened.promise;
  assert.equal(connection.isConnected, true);
});

holds("`onClose` is called when it is disposed of", async () => {
  const connection = counter().connect();
  const closed = collector();
  connection.onClose(() => closed.add("closed"));
  await connection.ready;
  await connection.dispose();
  assert.deepEqual([closed.items, connection.isConnected], [["closed"], false]);
});

holds("Listeners of opening and closing can be taken off", async () => {
  const connection = counter().connect();
  const called = collector();
  connection.onOpen(() => called.add("open"))();
  const stop = connection.onClose(() => called.add("close"));
  await connection.getCount();
  stop();
  await connection.dispose();
  assert.deepEqual(called.items, []);
});

holds("Each listener of opening and closing is called", async () => {
  const connection = counter().connect();
  const called = collector();
  for (const number of [1, 2]) {
    connection.onOpen(() => called.add(`open ${number}`));
    connection.onClose(() => called.add(`close ${number}`));
  }
  await called.reach(2);
  await connection.dispose();
  assert.deepEqual(called.items, ["open 1", "open 2", "close 1", "close 2"]);
});

holds("A request of 48 KB is taken", async () => {
  assert.equal((await hauler().load(boxes(800))).count, 800);
});

holds("A message above 64 KiB ends the connection, and all its calls fail", async () => {
  const connection = hauler();
  const [large, small] = await Promise.allSettled([connection.load(boxes(1500)), connection.load(["small"])]);
  assert.equal(`${large.reason.group}.${large.reason.code}`, "message.incoming_too_long");
  assert.equal(small.status, "rejected");
});

holds("An answer of 48 KB arrives", async () => {
  assert.equal((await hauler().unload(800)).length, 800);
});

holds("An answer above 1 MiB is refused", async () => {
  await refusedWith("message.outgoing_too_long", hauler().unload(20_000));
});
