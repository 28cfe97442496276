import { strict as assert } from "node:assert";
import { client, collector, fresh, handOver, next } from "../drivers/common.mjs";
import { differs, holds } from "./behaviours.mjs";

const BEHAVIOURS = 2; // both wait for the same crash
const ready = collector();
const crash = ready.reach(BEHAVIOURS).then(() => handOver("crash"));

/** A saver and its connection; `stored` resolves when it says that something is. */
async function saver() {
  const handle = client.getOrCreate("saver", fresh());
  const connection = handle.connect();
  const stored = next();
  connection.on("stored", stored.resolve);
  await connection.look();
  return { handle, connection, stored: stored.promise };
}

async function crashed() {
  ready.add("ready");
  await crash;
}

holds("What `save` has stored is there after a crash, though its action never ended", async () => {
  const { handle, connection, stored } = await saver();
  connection.saveAndHang(41).catch(() => {});
  assert.deepEqual(await stored, [41]);
  await crashed();
  assert.equal(await handle.look(), 41);
});

differs("A save may be put off, by `maxWait`", async () => {
  const { handle, connection, stored } = await saver();
  await connection.leaveToRun(73);
  assert.deepEqual(await stored, [173]);
  await crashed();
  assert.equal(await handle.look(), 173);
});
