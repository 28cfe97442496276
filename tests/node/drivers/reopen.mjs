// A restart with nothing in front of the server: for a moment nobody listens on its port. The official client then gives up
// (status "idle", error client.connection_open_failed) and a program opens a new connection itself, as here.

import { client, collector, fresh, handOver, report } from "./common.mjs";

const handle = client.getOrCreate("counter", fresh());
const heard = collector();
const gaveUp = collector();
const opened = collector();
let counter;

function open() {
  counter = handle.connect();
  counter.on("newCount", heard.add);
  counter.onError((error) => gaveUp.add(`${error.group}.${error.code}`));
  counter.onOpen(() => opened.add(counter.connectionId));
  counter.onStatusChange((status) => status === "idle" && setTimeout(open, 250));
}

open();
const before = await counter.increment(41);
await handOver("restart");
await opened.reach(2); // What is called on a connection that has given up is never sent.
const after = await counter.increment(1);
report({ before, after, events: await heard.reach(2), gaveUp: gaveUp.items, overHttp: await handle.getCount() });
