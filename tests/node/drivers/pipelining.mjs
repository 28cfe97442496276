// Many calls at once on one connection: each answer reaches its own caller, slow ones hold up nobody.

import { client, collector, fresh, report } from "./common.mjs";

const counter = client.getOrCreate("counter", fresh()).connect();
const heard = collector();
counter.on("newCount", heard.add);
await counter.getCount();
const answers = await Promise.all(Array.from({ length: 500 }, () => counter.increment(1)));
const events = await heard.reach(500);

const slow = client.getOrCreate("slow", fresh()).connect();
const finished = [];
const call = async (seconds, answer) => finished.push(await slow.wait(seconds, answer));
await Promise.all([call(0.4, "last"), call(0.2, "middle"), call(0, "first")]);

const distinct = await Promise.all(
  Array.from({ length: 50 }, (_, index) => client.getOrCreate("echo", fresh()).echo(index)),
);
report({ answers, events, finished, distinct, total: await counter.getCount() });
