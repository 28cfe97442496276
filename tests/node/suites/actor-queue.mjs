import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds, refusedWith, until } from "./behaviours.mjs";

const desk = () => client.getOrCreate("desk", fresh());
const patient = { wait: true, timeout: 10_000 };

holds("What a client sends is in the queue", async () => {
  const actor = desk();
  assert.equal(await actor.send("greetings", { hello: "world" }), undefined);
  assert.deepEqual(await actor.take(["greetings"]), [["greetings", { hello: "world" }]]);
});

holds("An actor may send to itself through a handle", async () => {
  const actor = desk();
  await actor.remind({ value: 42 });
  assert.deepEqual(await actor.take(["tasks"]), [["tasks", { value: 42 }]]);
});

holds("A batch may be taken of some queues, up to a count", async () => {
  const actor = desk();
  for (const [name, body] of [["ones", 1], ["twos", 2], ["greetings", 3]]) await actor.send(name, body);
  assert.deepEqual(await actor.take(["ones", "twos"], 3), [["ones", 1], ["twos", 2]]);
  assert.deepEqual(await actor.take(["greetings"]), [["greetings", 3]]);
});

holds("A batch may be taken of all queues", async () => {
  const actor = desk();
  await actor.send("ones", "first");
  await actor.send("twos", "second");
  assert.deepEqual(await actor.take([], 2), [["ones", "first"], ["twos", "second"]]);
});

holds("Who waits in vain gets nothing", async () => {
  assert.deepEqual(await desk().take(["ones"], 1, 0.05), []);
});

holds("A look at an empty queue does not wait", async () => {
  assert.deepEqual(await desk().take(["ones"], 1, 0), []);
});

holds("Who waits in an actor that is destroyed is told so", async () => {
  await refusedWith("actor.aborted", desk().waitForTheEnd());
});

differs("A signal gives a wait up", async () => {
  assert.equal(await desk().giveUp("wait"), "cancelled");
});

holds("Who waits with a way to give up is told of the actor's end too", async () => {
  assert.equal(await desk().waitForTheEndOrGiveUp(), "actor.aborted");
});

differs("A signal ends an iteration", async () => {
  assert.equal(await desk().giveUp("iteration"), "cancelled");
});

holds("A full queue refuses", async () => {
  const actor = client.getOrCreate("tray", fresh());
  await actor.send("letters", 1);
  const { message, metadata } = await refusedWith("queue.full", actor.send("letters", 2));
  assert.deepEqual([message, metadata], ["Queue is full. Limit is 1 messages.", { limit: 1 }]);
});

holds("A message that is too large is refused", async () => {
  await refusedWith("queue.message_too_large", client.getOrCreate("tray", fresh()).send("letters", "x".repeat(200)));
});

holds("Who sends may wait for the answer", async () => {
  const actor = desk();
  const answer = actor.send("tasks", { value: 123 }, patient);
  await actor.answerNext("tasks");
  assert.deepEqual(await answer, { status: "completed", response: { echo: { value: 123 } } });
});

holds("Who waits for an answer in vain hears that the time is over", async () => {
  assert.deepEqual(await desk().send("tasks", 1, { wait: true, timeout: 50 }), { status: "timedOut" });
});

/** Its `run` answers what comes in 32 queues, while a connection is open. */
async function works(key) {
  const actor = client.getOrCreate("manyHands", key);
  const connection = actor.connect();
  assert.equal(await connection.ping(), "pong");
  const names = Array.from({ length: 32 }, (_, index) => `hand.${index}`);
  await Promise.all(Array.from({ length: 128 }, (_, index) => actor.send(names[index % 32], { index })));
  const done = await until(() => actor.done(), (found) => found.length >= 128);
  assert.deepEqual([done.length, new Set(done)], [128, new Set(names)]);
  const last = await actor.send(names[0], { index: 128 }, patient);
  assert.deepEqual(last, { status: "completed", response: { ok: true, index: 128 } });
  await connection.dispose();
}

holds("An actor that an action has made works off 32 queues", async () => {
  const key = fresh();
  await client.getOrCreate("employer", fresh()).hire(key[0]);
  await works(key);
});

holds("An actor that `run` has made works off 32 queues", async () => {
  const [actor, key] = [client.getOrCreate("employer", fresh()), fresh()];
  await actor.hireLater(key[0]);
  assert.deepEqual(await actor.hired(), [key[0]]);
  await works(key);
});

differs("What an action has taken and not completed is handed out again when it ends", async () => {
  const actor = desk();
  await actor.send("tasks", { value: 789 });
  assert.deepEqual(await actor.takeAndForget("tasks"), { value: 789 });
  assert.deepEqual(await actor.take(["tasks"], 1, 0), []);
  assert.deepEqual(await actor.take(["tasks"], 1, 10), [["tasks", { value: 789 }]]);
});

differs("Nothing more is handed out before the last message is completed", async () => {
  const actor = desk();
  await actor.send("ones", 1);
  await actor.send("ones", 2);
  assert.deepEqual(await actor.takeTwice("ones"), [2, "queue.previous_message_not_completed"]);
});

holds("A message can be completed also where no answer is declared", async () => {
  const actor = desk();
  const answer = actor.send("ones", "test", patient);
  await actor.answerNext("ones");
  assert.deepEqual(await answer, { status: "completed", response: { echo: "test" } });
});

holds("A message is completed once", async () => {
  const actor = desk();
  await actor.send("tasks", { value: 1 });
  assert.equal(await actor.completeTwice("tasks"), "queue.already_completed");
});

holds("Who sends may wait on any queue", async () => {
  assert.deepEqual(await desk().send("ones", "test", { wait: true, timeout: 50 }), { status: "timedOut" });
});

holds("An iteration over one queue gets its messages", async () => {
  const actor = desk();
  await actor.send("twos", "second");
  await actor.send("ones", "first");
  assert.deepEqual(await actor.firstOf(["ones"]), ["ones", "first"]);
});

holds("An iteration over all queues gets the messages of each", async () => {
  const actor = desk();
  await actor.send("twos", "second");
  assert.deepEqual(await actor.firstOf([]), ["twos", "second"]);
});
