import { strict as assert } from "node:assert";
import { client, fresh, next } from "../drivers/common.mjs";
import { differs, holds, rawSocket, refusedWith } from "./behaviours.mjs";

const selective = () => client.getOrCreate("selective", fresh()).connect();

holds("Actions need no permission beyond that of the door", async () => {
  assert.equal(await client.getOrCreate("echo", fresh()).echo("ok"), "ok");
});

holds("`can_subscribe` is told the connection, and whom it lets hears", async () => {
  const connection = selective();
  const heard = next();
  connection.on("openNews", heard.resolve);
  await connection.tell("hello");
  assert.deepEqual(await heard.promise, [{ text: "hello" }]);
  assert.deepEqual(await connection.askedAbout(), [connection.connectionId]);
});

holds("Whom `can_subscribe` does not let, has the next call refused", async () => {
  const connection = selective();
  connection.on("closedNews", () => {});
  await refusedWith("auth.forbidden", connection.tell("hello"));
});

differs("An event that the actor does not declare can be broadcast", async () => {
  const connection = selective();
  const heard = next();
  connection.on("undeclared", heard.resolve);
  await connection.tellByName("hello");
  assert.deepEqual(await heard.promise, [{ text: "hello" }]);
});

holds("`on_request` may let and refuse", async () => {
  const statusFor = async (allow) =>
    (await client.getOrCreate("site", fresh(), { params: { allow } }).fetch("/api/members")).status;
  assert.deepEqual([await statusFor(true), await statusFor(false)], [200, 403]);
});

holds("`on_websocket` may let and refuse", async () => {
  const open = (refuse) => rawSocket(client.getOrCreate("radio", fresh(), { params: { refuse } }));
  const [welcome] = await (await open(false)).heard.reach(1);
  assert.equal(JSON.parse(welcome).type, "welcome");
  const { code, reason } = await (await open(true)).closed;
  assert.deepEqual([code, reason.split("#")[0]], [1011, "user.refused"]);
});

/** Sends that go nowhere: nobody is told more, whether the sender waits or not. */
async function ignored(actor, queue) {
  assert.equal(await actor.send(queue, "lost"), undefined);
  assert.deepEqual(await actor.send(queue, "lost", { wait: true, timeout: 50 }), { status: "completed" });
}

holds("`can_publish` is told the connection", async () => {
  const actor = client.getOrCreate("selective", fresh());
  await actor.send("openLetters", "one");
  const [id, ...others] = await actor.askedAbout();
  assert.deepEqual([typeof id, others], ["string", []]);
});

holds("`can_publish` lets and refuses queue messages", async () => {
  const actor = client.getOrCreate("selective", fresh());
  await actor.send("openLetters", "one");
  await refusedWith("auth.forbidden", actor.send("closedLetters", "two"));
  await refusedWith("auth.forbidden", actor.send("closedLetters", "two", { wait: true, timeout: 50 }));
  await ignored(actor, "noSuchLetters");
  assert.deepEqual(await actor.takeLetters(), ["one"]);
});

holds("An actor without queues ignores messages", async () => {
  await ignored(client.getOrCreate("echo", fresh()), "letters");
});
