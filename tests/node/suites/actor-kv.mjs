import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds } from "./behaviours.mjs";

const drawer = () => client.getOrCreate("drawer", fresh());

async function filled(...letters) {
  const actor = drawer();
  for (const letter of letters) await actor.put(letter, `the letter ${letter}`);
  return actor;
}

const pairs = (...letters) => letters.map((letter) => [letter, `the letter ${letter}`]);

holds("Text is kept under text, and a prefix finds it", async () => {
  const actor = await filled("note/b", "note/a", "other");
  assert.equal(await actor.get("note/a"), "the letter note/a");
  assert.deepEqual(await actor.list("note/"), pairs("note/a", "note/b"));
});

holds("A range goes from one key to before another, forwards and backwards", async () => {
  const actor = await filled("a", "b", "c", "d");
  assert.deepEqual(await actor.listRange("b", "d"), pairs("b", "c"));
  assert.deepEqual(await actor.listRange("a", "d", true, 2), pairs("c", "b"));
});

holds("A range is deleted as a whole", async () => {
  const actor = await filled("a", "b", "c", "d");
  await actor.deleteRange("b", "d");
  assert.deepEqual(await actor.list(""), pairs("a", "d"));
});

holds("Bytes are kept as they are", async () => {
  const bytes = [0, 4, 8, 15, 16, 23, 42, 255];
  assert.deepEqual(await drawer().keepBytes("bytes", bytes), bytes);
});
