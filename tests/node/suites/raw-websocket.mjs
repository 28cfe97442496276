import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { ask, differs, holds, rawSocket, until } from "./behaviours.mjs";

const radio = () => client.getOrCreate("radio", fresh());

/** An open websocket that has been greeted; `say` sends, and gives the next answer. */
async function tuned(handle, ...path) {
  const { socket, heard, closed } = await rawSocket(handle, ...path);
  let count = 0;
  const next = async () => {
    const last = (await heard.reach(++count))[count - 1];
    return typeof last === "string" ? JSON.parse(last) : last;
  };
  const welcome = await next();
  const say = async (message) => {
    socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
    return next();
  };
  return { socket, closed, welcome, say };
}

const open = (handle, count) => until(() => handle.report(), (report) => report.open === count);

holds("`webSocket` opens one, and `on_websocket` greets it", async () => {
  const { welcome } = await tuned(radio());
  assert.deepEqual([welcome.type, welcome.open], ["welcome", 1]);
});

holds("Text comes back as it went", async () => {
  const { say } = await tuned(radio());
  const message = { test: "Grüße 🎉", number: 1.5 };
  assert.deepEqual(await say(message), message);
});

holds("A protocol of one's own works, such as ping and pong", async () => {
  assert.deepEqual(await (await tuned(radio())).say({ type: "ping" }), { type: "pong" });
});

holds("All websockets of an actor share its state", async () => {
  const handle = radio();
  const [one, other] = [await tuned(handle), await tuned(client.getForId("radio", await handle.resolve()))];
  assert.equal(other.welcome.open, 2);
  for (const { say } of [one, other, one]) await say({ type: "ping" });
  assert.deepEqual(await handle.report(), { open: 2, messages: 3 });
});

holds("Bytes come and go, small and large", async () => {
  const { say } = await tuned(radio());
  for (const bytes of [new Uint8Array([1, 2, 3]), new Uint8Array(1024).map((_, index) => index % 256)]) {
    assert.deepEqual(await say(bytes), bytes.toReversed());
  }
});

holds("A path of one's own arrives, with its query", async () => {
  const { say } = await tuned(radio(), "api/v1/stream?token=abc&user=test");
  assert.deepEqual(await say({ type: "where" }), { path: "/api/v1/stream", query: "token=abc&user=test" });
});

holds("A query without a path arrives", async () => {
  const { say } = await tuned(radio(), "?token=secret&session=123");
  assert.deepEqual(await say({ type: "where" }), { path: "/", query: "token=secret&session=123" });
});

holds("The actor notices each opening and each closing", async () => {
  const handle = radio();
  const [one, other] = [await tuned(handle), await tuned(handle)];
  assert.equal((await handle.report()).open, 2);
  for (const [left, { socket, closed }] of [[1, one], [0, other]]) {
    socket.close();
    await closed;
    await open(handle, left);
  }
});

holds("The handler may wait before it greets", async () => {
  assert.equal((await tuned(radio())).welcome.conn.opened, true);
});

holds("The handler has the connection, with its id and its state", async () => {
  const { opened, id } = (await tuned(radio())).welcome.conn;
  assert.deepEqual([opened, typeof id], [true, "string"]);
});

holds("An actor that is put to sleep closes it in order", async () => {
  const handle = radio();
  const { closed } = await tuned(handle);
  await handle.nap();
  const { code, reason } = await closed;
  assert.deepEqual([code, reason.split("#")[0]], [1000, "actor.stopped"]);
});

holds("So does an operator who puts it to sleep by `POST /actors/{id}/sleep`", async () => {
  const handle = radio();
  const { closed } = await tuned(handle);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  assert.equal((await ask(`/actors/${await handle.resolve()}/sleep?namespace=default`, init)).status, 200);
  const { code, reason } = await closed;
  assert.deepEqual([code, reason.split("#")[0]], [1000, "actor.stopped"]);
});

holds("Messages are handled in the order they were sent in", async () => {
  const { socket, heard } = await rawSocket(radio());
  for (const number of [1, 2, 3]) socket.send(JSON.stringify({ type: "number", number }));
  const [, ...orders] = (await heard.reach(4)).map((text) => JSON.parse(text));
  assert.deepEqual(orders.at(-1), { order: [1, 2, 3] });
});

differs("Messages have an index, and are acknowledged by it while the actor hibernates", async () => {
  const { socket } = await tuned(radio());
  assert.equal("rivetMessageIndex" in socket, false);
});
