// can_subscribe: who may hear an event, and what becomes of who may not.

import { client, collector, fresh, next, outcome, report } from "./common.mjs";

const key = fresh();
const connect = (params) => client.getOrCreate("newsroom", key, { params }).connect();

const editor = connect("editor");
const drafts = collector();
editor.on("draft", drafts.add);
const first = await editor.write("one"); // sent right behind the subscription: its event is heard

const reader = connect("reader");
const news = collector();
reader.on("news", news.add);
const second = await reader.write("two");

const closed = next();
reader.onClose(closed.resolve);
reader.on("draft", () => {});
const behind = await outcome(reader.write("never"));
await closed.promise;
await reader.dispose();

const third = await editor.write("three");
report({ numbers: [first, second, third], drafts: await drafts.reach(3), news: news.items, behind });
