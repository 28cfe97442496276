// connect(): parameters, actions, events, unsubscribing, being refused and being sent away.

import { client, collector, fresh, next, outcome, report } from "./common.mjs";

const key = fresh();
const ada = client.getOrCreate("club", key, { params: { name: "Ada", "ünï": ["%", "+ ,", "世界"] } }).connect();
const name = await ada.myName();
const params = await ada.myParams();

const heard = collector();
const stop = ada.on("joined", heard.add);
const whispers = collector();
ada.on("whisper", whispers.add);
await ada.myName(); // Subscriptions have no answer of their own: an answer to a later message says they are in.
const bob = client.getOrCreate("club", key, { params: { name: "Bob" } }).connect();
await bob.myName();
const joined = await heard.reach(1);
await ada.whisper("psst");
const whispered = await whispers.reach(1);

stop();
await ada.myName();
const eve = client.getOrCreate("club", key, { params: { name: "Eve" } }).connect();
await eve.myName();
await ada.myName();
const heardAfterStop = heard.items.length - joined.length;

const overHttp = await client.getOrCreate("club", key, { params: { name: "Hal" } }).myName();

const counter = client.getOrCreate("counter", fresh()).connect();
const order = collector();
counter.on("newCount", (count) => order.add(`event ${count}`));
await counter.getCount();
order.add(`answer ${await counter.increment(3)}`);

const refused = client.getOrCreate("club", key, { params: { refuse: true } }).connect();
const refusal = next();
refused.onError(refusal.resolve);
const [error] = await refusal.promise;

const closed = next();
bob.onClose(closed.resolve);
const left = await outcome(bob.leave());
await closed.promise;

report({
  name,
  params,
  joined,
  whispered,
  heardAfterStop,
  overHttp,
  order: await order.reach(2),
  refused: { group: error.group, code: error.code, message: error.message },
  left: "value" in left || left.error.code,
  ids: { actor: ada.actorId === (await client.get("club", key).resolve()), connection: ada.connectionId?.length },
});
