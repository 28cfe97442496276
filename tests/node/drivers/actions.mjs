// Actions over HTTP: addressing, values, nested names.

import { client, fresh, outcome, report } from "./common.mjs";

const key = fresh();
const counter = client.getOrCreate("counter", key);
const first = await counter.increment(5);
const again = await client.get("counter", key).increment();
const id = await counter.resolve();
const byId = await client.getForId("counter", id).getCount();

const createdKey = fresh();
const created = await client.create("heir", createdKey, { input: { from: "tests", n: 7 } });
const duplicate = await outcome(client.create("heir", createdKey));

const missing = await client.get("counter", fresh());
const echo = client.getOrCreate("echo", fresh());

report({
  first,
  again,
  byId,
  idIsText: typeof id === "string" && id.length > 0,
  snakeCase: await counter.action({ name: "get_count", args: [] }),
  input: await created.getInput(),
  madeWithInput: await client.getOrCreate("heir", fresh(), { createWithInput: ["a", 1] }).getInput(),
  duplicate,
  missing: await outcome(missing.resolve()),
  nested: await echo.action({ name: "users.add", args: ["Ada"] }),
  identity: await echo.whoAmI(),
  several: await echo.echoAll(1, "two", [3], null),
});
