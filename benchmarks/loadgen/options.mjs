// Command line of the load generator: one table of options with defaults, parsed by Node's own parser.
import { parseArgs } from "node:util";

const OPTIONS = {
  endpoint: { type: "string", default: "http://127.0.0.1:8000" },
  scenario: { type: "string", default: "http_action" },
  seconds: { type: "string", default: "6" }, // measured window
  warmup: { type: "string", default: "1.5" }, // thrown away before it
  concurrency: { type: "string" }, // sockets or HTTP connections; each scenario has its own default
  outstanding: { type: "string" }, // requests in flight on each of them
  actors: { type: "string" }, // how many, where that is not one a connection; each scenario has its own default
  sockets: { type: "string" }, // hold_sleepers: how many on each actor
  rest: { type: "string", default: "12" }, // wake: seconds without work; workerd evicts after ten
  limit: { type: "string", default: "300" }, // seconds after which the generator gives up
  from: { type: "string", default: "0" }, // populate: number of the first key, to add to an earlier run
  actor: { type: "string", default: "counter" }, // populate and hold_sockets: which actor type
  prefix: { type: "string", default: `b${Date.now().toString(36)}` }, // keys are PREFIX-0, PREFIX-1, ...
  namespace: { type: "string", default: "default" },
  token: { type: "string" },
  groups: { type: "string", default: "{}" }, // JSON {"server": [pid], "postgres": [pid]}: CPU and RSS by process tree
};

/** @returns options with numbers as numbers; throws TypeError on an unknown or malformed option. */
export function parseOptions(argv) {
  const { values } = parseArgs({ args: argv, options: OPTIONS, strict: true });
  const number = (name) => {
    if (values[name] === undefined) return undefined;
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`--${name} must be a number, got ${values[name]}`);
    return value;
  };
  const numbers = ["seconds", "warmup", "concurrency", "outstanding", "actors", "sockets", "rest", "limit", "from"];
  return {
    ...values,
    ...Object.fromEntries(numbers.map((name) => [name, number(name)])),
    endpoint: values.endpoint.replace(/\/$/, ""),
    groups: JSON.parse(values.groups),
  };
}
