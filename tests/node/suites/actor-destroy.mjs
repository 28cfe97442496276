import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { chronicle, holds, rawSocket, refused, refusedWith, until } from "./behaviours.mjs";

const mortal = (key) => client.getOrCreate("mortal", key);

/** When calls by this id find nobody: destruction goes on after its call was answered. */
const gone = (id) => until(() => refused(client.getForId("mortal", id).look()).catch(() => ({})), ({ code }) => code === "not_found");

/** An actor that had a value and was destroyed through `target`, and its handle. */
async function destroyed(key = fresh(), target = (handle) => handle) {
  const [handle, { told }] = [mortal(key), await chronicle(client, key)];
  const id = await handle.resolve();
  await target(handle).put(42);
  await target(handle).destroy();
  await told("destroy");
  await gone(id);
  return { key, handle, id };
}

async function isFresh(handle) {
  assert.deepEqual([await handle.look(), (await handle.life()).wakes], [0, 1]);
}

holds("A destroyed actor cannot be reached by its id or by `get`", async () => {
  const { key, id } = await destroyed();
  await refusedWith("actor.not_found", client.getForId("mortal", id).look());
  await refusedWith("actor.not_found", client.get("mortal", key).resolve());
});

holds("`getOrCreate` makes a new actor under its key, with a new id and a new state", async () => {
  const { key, id } = await destroyed();
  assert.notEqual(await mortal(key).resolve(), id);
  await isFresh(mortal(key));
});

holds("The same is so when it was destroyed over a connection", async () => {
  const key = fresh();
  const connection = mortal(key).connect();
  await destroyed(key, () => connection);
  await isFresh(mortal(key));
});

holds("Nothing is left of vars", async () => {
  const key = fresh();
  assert.equal(await mortal(key).feel("dirty"), "dirty");
  await destroyed(key);
  assert.equal(await mortal(key).mood(), "fresh");
});

holds("`create` may take the key again", async () => {
  const { key } = await destroyed();
  await isFresh(await client.create("mortal", key));
});

holds("`destroy` does not set the abort signal before the action has gone on", async () => {
  assert.deepEqual(await mortal(fresh()).abortedByDestroy(), [false, false]);
});

holds("An old `getOrCreate` handle makes the actor anew with its next action", async () => {
  await isFresh((await destroyed()).handle);
});

holds("An old `getOrCreate` handle makes the actor anew with its next queue message", async () => {
  const { handle } = await destroyed();
  await handle.send("values", 11);
  assert.equal(await handle.takeValue(), 11);
  await isFresh(handle);
});

holds("An old `getOrCreate` handle makes the actor anew with its next raw request", async () => {
  const { handle, key } = await destroyed();
  assert.deepEqual(await (await handle.fetch("/state")).json(), { key, value: 0 });
});

holds("An old `getOrCreate` handle makes the actor anew with its next raw websocket", async () => {
  const { heard } = await rawSocket((await destroyed()).handle);
  assert.deepEqual(await heard.reach(1), ["0"]);
});

holds("An old `getOrCreate` handle makes the actor anew with its next connection", async () => {
  const { handle } = await destroyed();
  assert.equal(await handle.connect().look(), 0);
});

holds("An old `get` handle finds the actor that was made anew", async () => {
  const key = fresh();
  const old = client.get("mortal", key);
  await mortal(key).put(1);
  assert.equal(await old.look(), 1);
  await destroyed(key);
  await mortal(key).put(7);
  assert.equal(await old.look(), 7);
  assert.equal(await old.resolve(), await mortal(key).resolve());
});
