// handle.webSocket(): paths and queries, text and binary, and how either side closes.

import { client, collector, fresh, report } from "./common.mjs";

const key = fresh();
const handle = client.getOrCreate("line", key, { params: { name: "Ada" } });

async function open(...target) {
  const socket = await handle.webSocket(...target);
  socket.binaryType = "arraybuffer";
  const heard = collector();
  socket.addEventListener("message", ({ data }) => heard.add(typeof data === "string" ? data : new Uint8Array(data)));
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  if (socket.readyState !== 1) await new Promise((resolve) => socket.addEventListener("open", resolve));
  return { socket, heard, closed };
}

const where = [];
for (const path of [undefined, "", "/", "custom/path", "a/b?x=1&y=%20", "?token=secret&session=123"]) {
  const { socket, heard } = await open(path);
  socket.send("where");
  where.push(JSON.parse((await heard.reach(1))[0]));
  socket.close();
}

const { socket, heard, closed } = await open("talk");
const large = new Uint8Array(1024).map((_, index) => index % 256);
for (const message of ["Grüße 🎉", "", new Uint8Array([1, 2, 255]), large]) socket.send(message);
const echoed = await heard.reach(4);
socket.send("bye");
const { code, reason } = await closed;

const leaving = await open();
leaving.socket.close(4002, "client.bye");
await leaving.closed;
let told;
do told = (await handle.report()).closed.find(([closeCode]) => closeCode === 4002);
while (!told);

const nobody = await client.getOrCreate("echo", key).webSocket();
const refusal = await new Promise((resolve) => nobody.addEventListener("close", resolve));

report({
  where,
  echoed: [...echoed.slice(0, 3), echoed[3].length],
  closed: [code, reason],
  told,
  refused: [refusal.code, refusal.reason.split("#")[0]],
});
