import { strict as assert } from "node:assert";
import { client, collector, fresh } from "../drivers/common.mjs";
import { differs, holds, refusedWith } from "./behaviours.mjs";

const at = (name) => client.getOrCreate(name, fresh());
const boxes = (count) => Array.from({ length: count }, (_, index) => `box ${index} of a load that is large enough to matter`);

holds("An action that takes longer than `action_timeout` is refused", async () => {
  const hasty = at("hasty");
  assert.equal(await hasty.atOnce(), "in time");
  await refusedWith("actor.action_timed_out", hasty.never());
});

holds("The default timeout leaves time for ordinary work", async () => {
  assert.equal(await at("slow").wait(0.05, "done"), "done");
});

holds("A timeout does not touch sync actions", async () => {
  assert.equal(await at("hasty").plainly(), "not even async");
});

holds("An action with a dot in its name can be called as a path and by name", async () => {
  const worker = at("worker");
  assert.equal(await worker.sums.add(2), 2);
  assert.equal(await worker.action({ name: "sums.add", args: [3] }), 5);
});

differs("An argument of the wrong type is refused with `actor.validation_error`", async () => {
  const error = await refusedWith("actor.invalid_request", at("worker").add("five"));
  assert.match(error.message, /amount/);
});

holds("Sync actions answer, also with nothing", async () => {
  const worker = at("worker");
  assert.deepEqual([await worker.add(5), await worker.add(3)], [5, 8]);
  assert.equal((await worker.clear()) ?? null, null);
  assert.equal(await worker.add(0), 0);
});

holds("Async actions answer and fail", async () => {
  const worker = at("worker");
  assert.equal(await worker.addLater(5), 5);
  const error = await refusedWith("user.closed", worker.refuseLater());
  assert.equal(error.message, "Not today.");
});

differs("A sync action may return something to wait for", async () => {
  const error = await refusedWith("protocol.not_serializable", at("worker").promise(4));
  assert.equal(error.message, "An internal error occurred");
});

holds("Actions of one actor run side by side", async () => {
  const worker = at("worker");
  const connection = worker.connect();
  const started = collector();
  connection.on("started", started.add);
  await connection.add(0);
  const slow = worker.open("slow");
  await started.reach(1);
  assert.deepEqual(await worker.close("slow"), ["start slow", "close slow"]);
  assert.equal(await slow, "slow");
  await connection.dispose();
});

holds("A request of 48 KB is taken", async () => {
  const items = boxes(800);
  assert.deepEqual(await at("hauler").load(items), { count: 800, ends: [items[0], items[799]] });
});

holds("A request above 64 KiB is refused", async () => {
  await refusedWith("message.incoming_too_long", at("hauler").load(boxes(1500)));
});

holds("An answer of 48 KB arrives", async () => {
  assert.equal((await at("hauler").unload(800)).length, 800);
});

holds("An answer above 1 MiB is refused", async () => {
  await refusedWith("message.outgoing_too_long", at("hauler").unload(20_000));
});
