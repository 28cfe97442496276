import { strict as assert } from "node:assert";
import { client, collector, fresh, next } from "../drivers/common.mjs";
import { asleep, holds } from "./behaviours.mjs";

/** A connection, and a way to put its actor to sleep for good. */
async function hibernator(key = fresh()) {
  const handle = client.getOrCreate("hibernator", key);
  const connection = handle.connect();
  await connection.ping();
  const sleep = async () => {
    await connection.nap();
    await asleep(connection.actorId);
  };
  return { connection, handle, sleep };
}

holds("A call on a connection wakes its actor", async () => {
  const { connection, sleep } = await hibernator();
  await sleep();
  assert.equal(await connection.ping(), "pong");
});

holds("The connection's state is there after sleep, and no hook of connections has run", async () => {
  const { connection, sleep } = await hibernator();
  assert.deepEqual([await connection.step(), await connection.step()], [1, 2]);
  assert.deepEqual(await connection.seasons(), { wakes: 1, sleeps: 0, came: 1, went: 0 });
  await sleep();
  assert.equal(await connection.steps(), 2);
  assert.deepEqual(await connection.seasons(), { wakes: 2, sleeps: 1, came: 1, went: 0 });
});

holds("`onOpen` is not called again", async () => {
  const handle = client.getOrCreate("hibernator", fresh());
  const connection = handle.connect();
  const opened = collector();
  connection.onOpen(() => opened.add("open"));
  for (const round of [1, 2]) {
    await connection.nap();
    await asleep(connection.actorId);
    const { wakes, sleeps } = await connection.seasons();
    assert.deepEqual([wakes, sleeps], [round + 1, round]);
  }
  assert.deepEqual(opened.items, ["open"]);
});

holds("Who leaves while the actor sleeps is gone when it wakes", async () => {
  const key = fresh();
  const first = await hibernator(key);
  const [gone] = await first.connection.ids();
  await first.sleep();
  await first.connection.dispose();
  const { connection } = await hibernator(key);
  assert.deepEqual(await connection.ids(), [connection.connectionId]);
  assert.notEqual(connection.connectionId, gone);
});

for (const [when, wait] of [["at once", async () => {}], ["a little later", asleep]]) {
  holds(`What is sent ${when} while the actor falls asleep is answered by the next generation`, async () => {
    const { connection } = await hibernator();
    const sleeping = next();
    connection.once("sleeping", sleeping.resolve);
    await connection.ping(); // the subscription is in
    await connection.nap();
    await sleeping.promise;
    await wait(connection.actorId);
    const { wakes, sleeps } = await connection.seasons();
    assert.deepEqual([wakes, sleeps], [2, 1]);
  });
}
