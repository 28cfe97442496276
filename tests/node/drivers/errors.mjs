// How failures look to a caller, over HTTP and over a connection.

import { client, fresh, outcome, report } from "./common.mjs";

async function failures(target, thrower) {
  return {
    user: await outcome(thrower.userError()),
    bareUser: await outcome(thrower.bareUserError()),
    plain: await outcome(thrower.plainException()),
    unknown: await outcome(thrower.noSuchAction()),
    halfWay: await outcome(thrower.changeThenThrow()),
    changes: await thrower.getChanges(),
    badArgument: await outcome(target.increment("many")),
    tooMany: await outcome(target.increment(1, 2, 3)),
  };
}

const counter = client.getOrCreate("counter", fresh());
const thrower = client.getOrCreate("thrower", fresh());
const http = await failures(counter, thrower);

const counterConnection = counter.connect();
const throwerConnection = client.getOrCreate("thrower", fresh()).connect();
const socket = await failures(counterConnection, throwerConnection);
const aliveAfterwards = await throwerConnection.getChanges();
await Promise.all([counterConnection.dispose(), throwerConnection.dispose()]);

report({ http, socket, aliveAfterwards });
