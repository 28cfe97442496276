import { strict as assert } from "node:assert";
import { client, collector, fresh } from "../drivers/common.mjs";
import { asleep, chronicle, holds, until } from "./behaviours.mjs";

/** When an actor with nothing to do has fallen asleep that was made after the others. */
async function aRestIsOver() {
  await asleep(await client.getOrCreate("sleeper", fresh()).resolve());
}

holds("`run` begins after the start", async () => {
  const actor = client.getOrCreate("ticker", fresh()).connect();
  const ticks = collector();
  actor.on("ticked", ticks.add);
  const { wakes, runs } = await actor.life();
  assert.deepEqual([wakes, runs], [1, 1]);
  await ticks.reach(1);
});

holds("It goes on and on", async () => {
  const actor = client.getOrCreate("ticker", fresh()).connect();
  const ticks = collector();
  actor.on("ticked", ticks.add);
  const [first, ...more] = await ticks.reach(4);
  assert.deepEqual(more.slice(0, 3), [first + 1, first + 2, first + 3]);
});

holds("As long as it goes on, its actor does not fall asleep", async () => {
  const actor = client.getOrCreate("ticker", fresh());
  const before = await actor.life();
  await aRestIsOver();
  const after = await actor.life();
  assert.deepEqual([after.wakes, after.sleeps, after.runs], [1, 0, 1]);
  assert.ok(after.value > before.value);
});

holds("An actor without `run` sleeps and wakes", async () => {
  const actor = client.getOrCreate("sleeper", fresh());
  assert.equal((await actor.life()).wakes, 1);
  await asleep(await actor.resolve());
  assert.ok((await actor.life()).wakes >= 2);
});

holds("When `run` returns early, its actor sleeps and is not destroyed", async () => {
  const key = fresh();
  const { heard, told } = await chronicle(client, key);
  const actor = client.getOrCreate("quitter", key);
  assert.equal((await actor.life()).wakes, 1);
  await told("sleep");
  await asleep(await client.get("quitter", key).resolve());
  const { wakes, runs } = await actor.life();
  assert.ok(wakes >= 2);
  assert.deepEqual([runs, heard.includes("destroy")], [wakes, false]);
});

holds("When `run` fails, its actor sleeps and is not destroyed", async () => {
  const key = fresh();
  const { heard, told } = await chronicle(client, key);
  const actor = client.getOrCreate("faller", key);
  const id = await actor.resolve();
  await told("sleep");
  await asleep(id);
  const { wakes, sleeps } = await actor.life();
  assert.ok(wakes >= 2 && sleeps >= 1);
  assert.equal(heard.includes("destroy"), false);
});

holds("`run` takes messages from a queue", async () => {
  const actor = client.getOrCreate("clerk", fresh());
  for (const value of [1, 2, 3]) await actor.send("papers", { value });
  const filed = await until(() => actor.filed(), (found) => found.length === 3);
  assert.deepEqual(filed, [{ value: 1 }, { value: 2 }, { value: 3 }]);
});

holds("An actor whose `run` waits for a queue sleeps and wakes", async () => {
  const actor = client.getOrCreate("clerk", fresh());
  assert.equal((await actor.life()).runs, 1);
  await asleep(await actor.resolve());
  const answer = await actor.send("papers", { value: 4 }, { wait: true, timeout: 10_000 });
  assert.deepEqual(answer, { status: "completed", response: "filed" });
  const { wakes, runs } = await actor.life();
  assert.ok(wakes >= 2 && runs === wakes);
});
