import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { asleep, chronicle, holds, refused, refusedWith, until } from "./behaviours.mjs";

const racer = (key = fresh()) => client.getOrCreate("racer", key);

/** When calls by this id find nobody. */
const gone = (name, id) => until(() => refused(client.getForId(name, id).life()).catch(() => ({})), ({ code }) => code === "not_found");

holds("A destroy during the start waits for it, and so does the call before", async () => {
  const actor = racer();
  const ping = actor.ping();
  const id = await actor.resolve();
  await actor.destroy();
  assert.equal(await ping, "pong");
  await gone("racer", id);
});

holds("Five actors that are destroyed while they start leave nothing", async () => {
  const actors = Array.from({ length: 5 }, () => racer());
  const ids = await Promise.all(actors.map((actor) => actor.resolve()));
  await Promise.all(actors.map((actor) => actor.destroy()));
  await Promise.all(ids.map((id) => gone("racer", id)));
});

holds("The hooks of the start are complete before an actor ends", async () => {
  const actor = racer();
  const life = actor.life();
  await actor.destroy();
  assert.deepEqual(await life, { wakes: 1, sleeps: 0, runs: 0, value: 1 });
});

holds("Ten times made and destroyed at once, nothing is left", async () => {
  for (let round = 0; round < 10; round++) {
    const key = fresh();
    const actor = racer(key);
    const [id] = await Promise.all([actor.resolve(), actor.destroy()]);
    // A resolve that comes after the end has made the key anew.
    await client.get("racer", key).destroy().catch(() => {});
    await gone("racer", id);
    await refusedWith("actor.not_found", client.getForId("racer", id).ping());
  }
});

holds("The key can be taken again right after", async () => {
  const key = fresh();
  await racer(key).resolve();
  await racer(key).destroy();
  assert.equal(await racer(key).ping(), "pong");
});

holds("`on_destroy` runs also when it is destroyed during the start", async () => {
  const key = fresh();
  const { told, heard } = await chronicle(client, key);
  await racer(key).destroy();
  await told("destroy");
  assert.deepEqual(heard, ["create", "destroy"]);
});

holds("If `run` asks for sleep, `on_sleep` runs before the next wake", async () => {
  const key = fresh();
  const actor = client.getOrCreate("selfSleeper", key);
  const { told } = await chronicle(client, key);
  await actor.resolve();
  await told("sleep");
  const { wakes, sleeps } = await actor.life();
  assert.deepEqual([wakes, sleeps], [2, 1]);
});

holds("If `run` asks for destruction, the actor goes", async () => {
  const key = fresh();
  const { told } = await chronicle(client, key);
  const id = await client.getOrCreate("selfDestroyer", key).resolve();
  await told("destroy");
  await gone("selfDestroyer", id);
});

holds("After `run` has returned, a later sleep still runs `on_sleep`", async () => {
  const key = fresh();
  const { heard, told } = await chronicle(client, key);
  const id = await client.getOrCreate("quitter", key).resolve();
  await told("sleep");
  await asleep(id);
  assert.deepEqual(heard.slice(0, 2), ["run ended", "sleep"]);
  const { wakes, sleeps } = await client.getOrCreate("quitter", key).life();
  assert.equal(wakes, sleeps + 1);
});

holds("After `run` has returned, a later destroy still runs `on_destroy`", async () => {
  const key = fresh();
  const { heard, told } = await chronicle(client, key);
  const actor = client.getOrCreate("quitter", key);
  await actor.resolve();
  await told("run ended");
  await actor.destroy();
  await told("destroy");
  assert.equal(heard.filter((entry) => entry === "destroy").length, 1);
});

holds("A `run` that does not listen cannot hold up a destroy", async () => {
  const actor = client.getOrCreate("stubborn", fresh());
  const id = await actor.resolve();
  await actor.destroy();
  await gone("stubborn", id);
});
