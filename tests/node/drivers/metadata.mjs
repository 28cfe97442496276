// What the client asks an endpoint about itself before anything else, and a token that is wrong or missing.

import { createClient } from "rivetkit/client";
import { client, endpoint, fresh, outcome, report } from "./common.mjs";

const response = await fetch(`${endpoint}/metadata?namespace=default`);
const named = createClient({ endpoint: endpoint.replace("://", "://default@"), encoding: process.env.ENCODING });
report({
  status: response.status,
  type: response.headers.get("content-type"),
  body: await response.json(),
  throughClient: await client.getOrCreate("counter", fresh()).increment(1),
  namespaceInUrl: await named.getOrCreate("counter", fresh()).increment(2),
  unknownActor: await outcome(client.getOrCreate("noSuchActor", fresh()).anything()),
});
