// What the demo pages do, from two programs: one counter and one chat room, live for both.

import { createClient } from "rivetkit/client";
import { collector, endpoint, fresh, report } from "./common.mjs";

const key = fresh();
const [ada, bob] = ["bare", "json"].map((encoding) => createClient({ endpoint, encoding }));
const counters = [ada, bob].map((client) => client.counter.getOrCreate(key).connect());
const counts = collector();
counters[1].on("newCount", counts.add);
await counters[1].getCount();
const own = [await counters[0].increment(), await counters[0].increment(4), await counters[0].reset()];

const rooms = [ada, bob].map((client) => client.chatRoom.getOrCreate(key).connect());
const heard = collector();
rooms[1].on("newMessage", heard.add);
await rooms[1].getHistory();
const sent = await rooms[0].sendMessage("Ada", "Grüße 🎉");

report({
  own,
  counts: await counts.reach(3),
  sent,
  heard: await heard.reach(1),
  history: await rooms[1].getHistory(10),
});
