// What is done to a server, one function a scenario. Each takes the options and answers the line to print.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ALARMS } from "./alarms.mjs";
import { inBatches, many } from "./batches.mjs";
import { Connection } from "./connection.mjs";
import { HttpDoor } from "./http.mjs";
import { Meter, percentiles, round } from "./meter.mjs";
import { SLEEPERS } from "./sleepers.mjs";

const ONE = "[1]";
const NONE = "[]";

/** One HTTP connection an actor, one request in flight on each. */
async function httpActions(options) {
  const { concurrency = 32, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, concurrency);
  const posts = many(concurrency, (index) => door.action("counter", `${prefix}-${index}`, "increment", 1));
  await Promise.all(posts.map((post) => post()));
  await meter.loop(posts);
  return meter.report();
}

/** `keyOf(index)` decides which actor each socket talks to. */
async function socketActions(options, { sockets, inFlight, keyOf, action, args }) {
  const { concurrency = sockets, outstanding = inFlight } = options;
  const meter = new Meter(options);
  const connections = await inBatches(concurrency, (index) => Connection.open(options, "counter", keyOf(index)));
  await meter.loop(connections.flatMap((connection) => many(outstanding, () => () => connection.call(action, args))));
  return meter.report();
}

/** A value put and got back by each actor, one socket each. The answer is read from the key, so it must be the last put. */
async function kvRounds(options) {
  const { concurrency = 32, prefix } = options;
  const meter = new Meter(options);
  const connections = await inBatches(concurrency, (index) => Connection.open(options, "keeper", `${prefix}-${index}`));
  const round = (connection) => {
    let number = 0;
    return async () => equal(await connection.call("keep", `[${++number}]`), number);
  };
  await meter.loop(connections.map(round));
  return meter.report();
}

/** A message sent, received and completed: each sender waits for the response, which is what it has sent. */
async function queueRounds(options) {
  const { concurrency = 32, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, concurrency);
  const round = (index) => {
    const send = door.message("packer", `${prefix}-${index}`, "parcels");
    let number = 0;
    return async () => equal(await send(++number), number);
  };
  await meter.loop(many(concurrency, round));
  return meter.report();
}

function equal(answered, expected) {
  if (answered !== expected) throw new Error("another answer than was sent");
}

/** A key never seen before on every call; the counter must start at 1, or it was no new actor. */
async function coldCreates(options) {
  const { concurrency = 8, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, concurrency);
  let created = 0;
  const create = async () => {
    const count = await door.action("counter", `${prefix}-cold-${created++}`, "increment", 1)();
    if (count !== 1) throw new Error(`a new counter answered ${count}`);
  };
  await meter.loop(many(concurrency, () => create));
  return meter.report();
}

/** One caller fires events at a room with many subscribers, as fast as it is answered. Delay: handler's clock to ours. */
async function broadcasts(options) {
  const { concurrency = 100, outstanding = 1, prefix } = options;
  const meter = new Meter(options);
  const delays = [];
  const onEvent = (_, args) => {
    if (meter.open) delays.push(performance.timeOrigin + performance.now() - args[0].t);
  };
  await inBatches(concurrency, async () => {
    const connection = await Connection.open(options, "room", `${prefix}-room`);
    connection.onEvent = onEvent;
    connection.subscribe("tick");
  });
  const caller = await Connection.open(options, "room", `${prefix}-room`);
  await sleep(300); // a subscription is not answered
  await meter.loop(many(outstanding, () => () => caller.call("fire", ONE)));
  const report = meter.report();
  return {
    ...report,
    deliveries: delays.length,
    expected_deliveries: report.count * concurrency,
    deliveries_rate: round(delays.length / meter.seconds),
    ...percentiles(delays, "delay_"),
  };
}

/** Wakes `actors` actors and leaves them awake. */
async function populate(options) {
  const { concurrency = 32, actors = 1000, from, actor, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, concurrency);
  let next = from;
  const fill = async () => {
    while (next < from + actors) await meter.time(door.action(actor, `${prefix}-${next++}`, "increment", 1));
  };
  meter.start();
  await Promise.all(many(concurrency, fill));
  meter.stop();
  return meter.report();
}

/** Opens one socket to each of `actors` actors, says so, and holds them until stdin ends. */
async function holdSockets(options) {
  const { actors = 1000, actor, prefix } = options;
  const meter = new Meter(options);
  meter.start();
  const connections = await inBatches(actors, (index) => Connection.open(options, actor, `${prefix}-${index}`));
  meter.stop();
  console.log(JSON.stringify({ ...meter.report(), sockets: connections.length }));
  process.stdin.resume();
  await once(process.stdin, "end");
  return { scenario: options.scenario, alive: connections.filter(({ failure }) => failure === null).length };
}

const increment = { action: "increment", args: ONE };
const ownKey = ({ prefix }) => (index) => `${prefix}-${index}`;
const sharedKey = ({ prefix }) => () => `${prefix}-hot`;

export const SCENARIOS = {
  http_action: httpActions,
  ws_action: (options) => socketActions(options, { sockets: 32, inFlight: 1, keyOf: ownKey(options), ...increment }),
  ws_pipelined: (options) => socketActions(options, { sockets: 8, inFlight: 16, keyOf: ownKey(options), ...increment }),
  hot_actor: (options) => socketActions(options, { sockets: 32, inFlight: 1, keyOf: sharedKey(options), ...increment }),
  readonly: (options) =>
    socketActions(options, { sockets: 32, inFlight: 1, keyOf: ownKey(options), action: "get_count", args: NONE }),
  cold_create: coldCreates,
  kv: kvRounds,
  queue: queueRounds,
  broadcast: broadcasts,
  populate,
  hold_sockets: holdSockets,
  ...SLEEPERS,
  ...ALARMS,
};
