#!/usr/bin/env node
// Drives one scenario against one server that speaks the actor wire and prints one JSON line. Options: options.mjs.
import { parseOptions } from "./options.mjs";
import { SCENARIOS } from "./scenarios.mjs";

async function main() {
  const options = parseOptions(process.argv.slice(2));
  const run = SCENARIOS[options.scenario];
  if (!run) throw new TypeError(`unknown scenario ${options.scenario}; one of ${Object.keys(SCENARIOS).join(", ")}`);
  setTimeout(() => giveUp(new Error(`not done within ${options.limit} s`)), options.limit * 1000).unref();
  console.log(JSON.stringify(await run(options)));
}

function giveUp(error) {
  console.error(error.stack);
  process.exit(1);
}

// process.exit: open sockets and pooled connections would keep the loop alive.
main().then(
  () => process.exit(0),
  giveUp,
);
