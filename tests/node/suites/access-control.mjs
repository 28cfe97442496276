import { strict as assert } from "node:assert";
import { client, fresh, next } from "../drivers/common.mjs";
import { differs, holds, rawSocket, refusedWith, waits } from "./behaviours.mjs";

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

for (const what of [
  "`can_publish` is told the connection",
  "`can_publish` lets and refuses queue messages",
  "An actor without queues ignores messages",
]) {
  waits(what, async () => {
    await refusedWith("guard.not_available", client.getOrCreate("selective", fresh()).send("queue", 1));
  });
}
