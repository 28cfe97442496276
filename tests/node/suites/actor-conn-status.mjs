import { strict as assert } from "node:assert";
import { client, collector, fresh } from "../drivers/common.mjs";
import { holds } from "./behaviours.mjs";

const connect = () => client.getOrCreate("counter", fresh()).connect();

holds("A connection is `connected` after its first call", async () => {
  const connection = connect();
  assert.notEqual(connection.connStatus, "connected");
  await connection.increment(1);
  assert.equal(connection.connStatus, "connected");
});

holds("`onStatusChange` tells of connecting and of the end", async () => {
  const connection = connect();
  const statuses = collector();
  connection.onStatusChange(statuses.add);
  await connection.increment(1);
  await connection.dispose();
  assert.deepEqual([statuses.items.includes("connected"), statuses.items.at(-1)], [true, "idle"]);
});

holds("Who unsubscribes from `onStatusChange` is told nothing more", async () => {
  const connection = connect();
  const statuses = collector();
  const stop = connection.onStatusChange(statuses.add);
  await connection.increment(1);
  stop();
  const before = statuses.items.length;
  await connection.dispose();
  assert.equal(statuses.items.length, before);
});

holds("`onOpen` has been called by the time of the first answer", async () => {
  const connection = connect();
  const opened = collector();
  connection.onOpen(() => opened.add("open"));
  await connection.increment(1);
  assert.deepEqual(opened.items, ["open"]);
});

holds("`onClose` has been called when `dispose` is done", async () => {
  const connection = connect();
  await connection.increment(1);
  const closed = collector();
  connection.onClose(() => closed.add("closed"));
  await connection.dispose();
  assert.deepEqual(closed.items, ["closed"]);
});
