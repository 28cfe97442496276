// Scenarios in which actors sleep. `sleeper` answers {life, count}: `life` is new each time it has come up into memory.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { inBatches, many } from "./batches.mjs";
import { Connection } from "./connection.mjs";
import { HttpDoor } from "./http.mjs";
import { Meter } from "./meter.mjs";

const ONE = "[1]";
const NONE = "[]";
const FILLING = 32;

/** Wraps a call to a sleeper: an error if it has not slept since the last time, or has forgotten something. */
function afterSleep(call, added) {
  let last = null;
  return async () => {
    const now = await call();
    if (now.life === last?.life) throw new Error("it had not slept");
    if (last && now.count !== last.count + added) throw new Error(`${last.count} counted became ${now.count}`);
    last = now;
  };
}

/** One call that changes nothing to each of many actors, one at a time, after all have slept for want of work. */
async function wakes(options) {
  const { concurrency = 1, actors = 1000, rest, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, FILLING);
  const key = (index) => `${prefix}-${index}`;
  await inBatches(actors, (index) => door.action("sleeper", key(index), "increment", 1)());
  const looks = many(actors, (index) => afterSleep(door.action("sleeper", key(index), "look"), 0));
  await inBatches(actors, (index) => looks[index]());
  await sleep(rest * 1000);
  meter.start();
  let next = 0;
  const waking = async () => {
    while (next < actors) await meter.time(looks[next++]);
  };
  await Promise.all(many(concurrency, waking));
  meter.stop();
  return meter.report();
}

/** Each call wakes its actor, adds one, and sends it to sleep again: calls answered are nights slept. */
async function churn(options) {
  const { concurrency = 32, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, concurrency);
  const nap = (index) => door.action("sleeper", `${prefix}-${index}`, "nap", 1);
  await meter.loop(many(concurrency, (index) => afterSleep(nap(index), 1)));
  return meter.report();
}

/** The same over one hibernating socket an actor. */
async function socketChurn(options) {
  const { concurrency = 32, prefix } = options;
  const meter = new Meter(options);
  const connections = await inBatches(concurrency, (index) => Connection.open(options, "sleeper", `${prefix}-${index}`));
  await meter.loop(connections.map((connection) => afterSleep(() => connection.call("nap", ONE), 1)));
  return meter.report();
}

/** Opens `sockets` sockets to each of `actors` sleepers, says so, and lets them sleep until stdin ends. Then all call at once. */
async function holdSleepers(options) {
  const { actors = 100, sockets = 10, prefix } = options;
  const meter = new Meter(options);
  const open = (index) => Connection.open(options, "sleeper", `${prefix}-${index % actors}`);
  const connections = await inBatches(actors * sockets, open);
  const looks = connections.map((connection) => afterSleep(() => connection.call("look", NONE), 0));
  await inBatches(looks.length, (index) => looks[index]());
  console.log(JSON.stringify({ sockets: connections.length }));
  process.stdin.resume();
  await once(process.stdin, "end");
  meter.start();
  await Promise.all(looks.map((look) => meter.time(look)));
  meter.stop();
  return { ...meter.report(), alive: connections.filter(({ failure }) => failure === null).length };
}

export const SLEEPERS = { wake: wakes, churn, ws_churn: socketChurn, hold_sleepers: holdSleepers };
