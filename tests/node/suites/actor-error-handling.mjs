import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds, refused, refusedWith } from "./behaviours.mjs";

const thrower = () => client.getOrCreate("thrower", fresh());
const hasty = () => client.getOrCreate("hasty", fresh());

holds("A user error with a message alone has the code `user_error` and no metadata", async () => {
  const error = await refusedWith("user.user_error", thrower().bareUserError());
  assert.equal(error.message, "Just no.");
  assert.equal(error.metadata, undefined);
});

holds("A user error keeps its code and metadata", async () => {
  const error = await refusedWith("user.closed", thrower().userError());
  assert.equal(error.message, "The shop is closed.");
  assert.deepEqual(error.metadata, { opens: 9, days: ["Mon", "Tue"] });
});

holds("Any other exception is masked", async () => {
  const error = await refused(thrower().plainException());
  assert.deepEqual([error.code, error.message], ["internal_error", "An internal error occurred"]);
});

holds("An action that takes too long is refused as timed out", async () => {
  const error = await refusedWith("actor.action_timed_out", hasty().never());
  assert.match(error.message, /timed out/i);
});

holds("An action within its time is answered", async () => {
  assert.equal(await hasty().atOnce(), "in time");
});

holds("Each actor class has its own time limit", async () => {
  const slow = client.getOrCreate("slow", fresh()).wait(0.2, "long enough");
  await refusedWith("actor.action_timed_out", hasty().never());
  assert.equal(await slow, "long enough");
});

holds("After an error the actor goes on", async () => {
  const actor = thrower();
  await refused(actor.userError());
  assert.equal(await actor.getChanges(), 0);
});
