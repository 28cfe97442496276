// What every suite shares: a list of behaviours, each a sentence and a function that shows it with the official client.
//
// The sentences are the rows of docs/compatibility.md, and the verb is the row's word: it `holds`, it `differs` (the
// function shows what happens instead), or it `waits` (the function shows that it is not there yet).

import { strict as assert } from "node:assert";
import { collector } from "../drivers/common.mjs";

const LIMIT = 25_000; // Only a behaviour that hangs meets it: its sisters shall be heard all the same.
const known = [];

const adder = (state) => (sentence, show) => known.push({ sentence, state, show });
export const holds = adder("holds");
export const differs = adder("differs");
export const waits = adder("waits");

/** What the suite that was imported last has listed: `[[sentence, state], ...]`. */
export const listed = () => known.splice(0).map(({ sentence, state }) => [sentence, state]);

/** Shows all behaviours at the same time: for each sentence null, or how it failed. */
export async function showAll() {
  const failures = await Promise.all(known.map(({ show }) => Promise.race([failureOf(show), tooLate()])));
  return Object.fromEntries(known.map(({ sentence }, index) => [sentence, failures[index]]));
}

async function failureOf(show) {
  try {
    await show();
    return null;
  } catch (error) {
    const { group, code } = error ?? {};
    return `${group ? `${group}.${code} ` : ""}${error?.stack ?? error}`;
  }
}

const tooLate = () => new Promise((resolve) => setTimeout(resolve, LIMIT, `did not end within ${LIMIT} ms`).unref());

/** The error with which a call is refused. */
export async function refused(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: "the call was not refused" });
}

/** Checks that a call is refused with `name`, such as "actor.not_found"; gives the error. */
export async function refusedWith(name, call) {
  const error = await refused(call);
  assert.equal(`${error.group}.${error.code}`, name, error.message);
  return error;
}

/** Asks again and again until the answer is as wished: for what tells nobody that it has happened. */
export async function until(ask, wished) {
  for (;;) {
    const answer = await ask();
    if (wished(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Asks the gateway, not an actor: the token goes with the request. */
export function ask(path, { headers, ...init } = {}) {
  return fetch(`${process.env.ENDPOINT}${path}`, { headers: { "x-rivet-token": process.env.TOKEN, ...headers }, ...init });
}

/** When the actor sleeps. It is looked up in the directory: a call would wake it. */
export async function asleep(actorId) {
  const look = async () => (await (await ask(`/actors?namespace=default&actor_ids=${actorId}`)).json()).actors[0];
  return until(look, (actor) => actor.sleep_ts !== null);
}

/** What the actor of `key` records of its life: `told(entry)` resolves when it has. */
export async function chronicle(client, key) {
  const connection = client.getOrCreate("chronicle", key).connect();
  const heard = [];
  let wake = () => {};
  connection.on("written", (entry) => (heard.push(entry), wake()));
  heard.unshift(...(await connection.entries()));
  return {
    heard,
    async told(entry, times = 1) {
      while (heard.filter((one) => one === entry).length < times) await new Promise((resolve) => (wake = resolve));
    },
  };
}

/** A raw websocket of the handle, open or refused; what it hears, texts as they are and bytes as such; and its end. */
export async function rawSocket(handle, ...path) {
  const socket = await handle.webSocket(...path);
  socket.binaryType = "arraybuffer";
  const heard = collector();
  socket.addEventListener("message", ({ data }) => heard.add(typeof data === "string" ? data : new Uint8Array(data)));
  const [opened, closed] = ["open", "close"].map((what) => new Promise((resolve) => socket.addEventListener(what, resolve)));
  if (socket.readyState === WebSocket.CONNECTING) await Promise.race([opened, closed]);
  return { socket, heard, closed };
}
