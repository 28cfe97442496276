// The server behind the address goes away and comes back: the connection, its subscriptions and the state are there again.

import { client, collector, fresh, handOver, report } from "./common.mjs";

const handle = client.getOrCreate("counter", fresh());
const counter = handle.connect();
const statuses = collector();
counter.onStatusChange(statuses.add);
const heard = collector();
counter.on("newCount", heard.add);

const before = await counter.increment(41);
await heard.reach(1);
const firstConnection = counter.connectionId;
await handOver("restart");

const after = await counter.increment(1);
const events = await heard.reach(2);
report({
  before,
  after,
  events,
  statuses: statuses.items,
  newConnection: counter.connectionId !== firstConnection,
  overHttp: await handle.getCount(),
});
