import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { chronicle, holds } from "./behaviours.mjs";

/** A planner, and what it does when the time has come. */
async function planner() {
  const key = fresh();
  return { actor: client.getOrCreate("planner", key), ...(await chronicle(client, key)) };
}

holds("`schedule.at` runs an action at its time", async () => {
  const { actor, told } = await planner();
  const time = Date.now() + 250;
  await actor.planAt(time, "at");
  await told("at");
  assert.ok(Date.now() >= time);
  assert.equal((await actor.life()).value, 1);
});

holds("`schedule.after` runs an action after its delay", async () => {
  const { actor, told } = await planner();
  const begin = Date.now();
  await actor.planAfter(250, "after");
  await told("after");
  assert.ok(Date.now() - begin >= 250);
  assert.equal((await actor.life()).value, 1);
});

holds("A scheduled action stores what it writes beside the state", async () => {
  const { actor, told } = await planner();
  await actor.planAfter(250, "stored");
  await told("stored");
  assert.equal(await actor.last(), "stored");
});

holds("Several run in the order of their times", async () => {
  const { actor, heard, told } = await planner();
  await actor.planAfter(600, "third");
  await actor.planAfter(200, "first");
  await actor.planAfter(400, "second");
  await told("third");
  assert.deepEqual(
    heard.filter((entry) => entry !== "sleep"),
    ["first", "second", "third"],
  );
});
