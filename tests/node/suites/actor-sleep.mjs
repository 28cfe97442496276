import { strict as assert } from "node:assert";
import { client, collector, fresh, next } from "../drivers/common.mjs";
import { asleep, chronicle, holds, rawSocket, refusedWith, until } from "./behaviours.mjs";

const at = (name, key = fresh()) => client.getOrCreate(name, key);

/** When an actor with nothing to do has fallen asleep that was made now. */
const aRestIsOver = async () => asleep(await at("sleeper").resolve());

/** How often it woke and slept. */
async function counts(handle) {
  const { wakes, sleeps } = await handle.life();
  return [wakes, sleeps];
}

/** It has slept and is awake again. On a busy machine it may have dozed off between two calls as well. */
async function hasSlept(handle) {
  const [wakes, sleeps] = await counts(handle);
  assert.ok(sleeps >= 1);
  assert.equal(wakes, sleeps + 1);
}

/** A sleeper that is held awake by `hold(handle)`; true to `counts` after others have fallen asleep. */
async function isHeldBy(hold) {
  const handle = at("sleeper");
  const connection = handle.connect();
  const held = next();
  connection.on("held", held.resolve);
  await connection.life();
  const working = hold(handle);
  await held.promise;
  const before = await counts(handle);
  await aRestIsOver();
  assert.deepEqual(await counts(handle), before);
  await handle.letGo();
  await working;
  await asleep(await handle.resolve());
  assert.ok((await counts(handle))[1] > before[1]);
}

holds("State outlives sleep", async () => {
  const actor = at("mortal");
  assert.deepEqual(await counts(actor), [1, 0]);
  await actor.nap();
  await asleep(await actor.resolve());
  assert.deepEqual(await counts(actor), [2, 1]);
});

holds("The same is so when `run` asks for sleep", async () => {
  const key = fresh();
  const { told } = await chronicle(client, key);
  const actor = at("selfSleeper", key);
  await actor.resolve();
  await told("sleep");
  assert.deepEqual(await actor.life(), { wakes: 2, sleeps: 1, runs: 2, value: 0 });
});

holds("The same is so when a connection asks for sleep and leaves", async () => {
  const key = fresh();
  const { told } = await chronicle(client, key);
  const connection = at("mortal", key).connect();
  assert.deepEqual(await counts(connection), [1, 0]);
  await connection.nap();
  await connection.dispose(); // To leave wakes it, if it sleeps already.
  await told("sleep");
  await hasSlept(at("mortal", key));
});

holds("An actor falls asleep when it has rested for `sleep_timeout`", async () => {
  const actor = at("sleeper");
  assert.deepEqual(await counts(actor), [1, 0]);
  await asleep(await actor.resolve());
  await hasSlept(actor);
});

holds("So it does when its connection has left", async () => {
  const actor = at("sleeper");
  const connection = actor.connect();
  await counts(connection);
  await connection.dispose();
  await asleep(await actor.resolve());
  await hasSlept(actor);
});

holds("What `wait_until` broadcasts arrives before the sleep", async () => {
  const connection = at("finisher").connect();
  const heard = next();
  connection.on("lastWords", heard.resolve);
  await connection.life();
  await connection.sayLater();
  assert.deepEqual(await heard.promise, ["good night"]);
  await asleep(connection.actorId);
  assert.deepEqual(await counts(connection), [2, 1]);
});

holds("`wait_until` in `on_wake` goes on to the end, and sees vars when the abort comes", async () => {
  const key = fresh();
  const { told } = await chronicle(client, key);
  const actor = at("finisher", key);
  for (const generation of [1, 2, 3]) {
    await actor.nap();
    await told("aborted, aborts unseen", generation);
    await asleep(await actor.resolve());
  }
  assert.deepEqual(await counts(actor), [4, 3]);
});

holds("`wait_until` in `on_sleep` sees vars in the grace period", async () => {
  const key = fresh();
  const { told } = await chronicle(client, key);
  await at("finisher", key).nap();
  await told("evening, aborts unseen");
});

holds("`wait_until` takes what returns nothing, something, or fails", async () => {
  const actor = at("finisher");
  const answers = [];
  for (const how of ["nothing", "value", "fail"]) answers.push(await actor.later(how));
  assert.deepEqual(answers, [1, 2, 3]);
  assert.deepEqual(await counts(actor), [1, 0]);
});

holds("`keep_awake` gives what its work returns, or its failure", async () => {
  const actor = at("finisher");
  assert.equal((await actor.awake("nothing")) ?? null, null);
  assert.equal(await actor.awake("value"), "done");
  await refusedWith("user.user_error", actor.awake("fail"));
});

/** One actor rests until it sleeps, the other is called all the time: how often has that one slept? */
async function sleepsOfTheBusyOne() {
  const busy = at("sleeper");
  await busy.life();
  let resting = true;
  const rest = aRestIsOver().then(() => (resting = false));
  while (resting) await busy.life();
  await rest;
  return (await busy.life()).sleeps;
}

holds("Each call begins the rest anew", async () => {
  // A machine that is busy enough may keep the calls from coming. Once is proof.
  await until(sleepsOfTheBusyOne, (sleeps) => sleeps === 0);
});

holds("A long action keeps its actor awake", () => isHeldBy((handle) => handle.hold()));

holds("A long raw request keeps its actor awake", () => isHeldBy((handle) => handle.fetch("long").then((answer) => answer.text())));

holds("An open raw websocket keeps its actor awake", async () => {
  const handle = at("night");
  const { socket, heard, closed } = await rawSocket(handle);
  await heard.reach(1);
  await aRestIsOver();
  assert.deepEqual(await counts(handle), [1, 0]);
  socket.close();
  await closed;
  await asleep(await handle.resolve());
  await hasSlept(handle);
});

for (const [what, path] of [["works on a message of", "?work"], ["has something to do after"]]) {
  holds(`A handler that ${what} a client who has left holds sleep off`, async () => {
    const handle = at("night");
    const { socket, heard, closed } = await rawSocket(handle, path ?? "?farewell");
    if (path) socket.send("work");
    await heard.reach(path ? 2 : 1);
    socket.close();
    await closed;
    await aRestIsOver();
    assert.deepEqual(await counts(handle), [1, 0]);
    await handle.letGo();
    await asleep(await handle.resolve());
    await hasSlept(handle);
    assert.equal((await handle.life()).value, 1);
  });
}

for (const [when, nap] of [["at once", "nap"], ["after a pause", "napSlowly"]]) {
  holds(`What \`on_sleep\` sends to a raw websocket ${when} arrives`, async () => {
    const handle = at("night");
    const { heard, closed } = await rawSocket(handle);
    await heard.reach(1);
    await handle[nap]();
    assert.deepEqual(await heard.reach(2), ["connected", "sleeping"]);
    await closed;
    await asleep(await handle.resolve());
    await hasSlept(handle);
  });
}

holds("A handler that outlasts the grace period is cut short, and still finds vars", async () => {
  const handle = at("shortNight");
  const { socket, heard } = await rawSocket(handle);
  socket.send("work");
  await heard.reach(2);
  await handle.nap();
  await asleep(await handle.resolve());
  assert.deepEqual(await handle.life(), { wakes: 2, sleeps: 1, runs: 0, value: 100 });
});

holds("With `no_sleep` an actor does not fall asleep", async () => {
  const actor = at("insomniac");
  assert.deepEqual(await counts(actor), [1, 0]);
  await aRestIsOver();
  await aRestIsOver();
  assert.deepEqual(await counts(actor), [1, 0]);
});

holds("An alarm that is near keeps its actor awake", async () => {
  const key = fresh();
  const { heard, told } = await chronicle(client, key);
  await at("planner", key).planAfter(100, "it is time");
  await told("it is time");
  assert.equal(heard[0], "it is time");
});

holds("An alarm wakes its actor", async () => {
  const key = fresh();
  const { heard, told } = await chronicle(client, key);
  await at("planner", key).planAfter(1500, "it is time");
  await told("it is time");
  assert.equal(heard[0], "sleep");
  await hasSlept(at("planner", key));
});
