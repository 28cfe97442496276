// The actor wire in JSON: addresses, frames out, frames in. No I/O. Layouts: RivetKit client protocol, gateway query form.

/** Address of `path` on one actor, created on first use: `/gateway/{name}{path}?rvt-...` */
export function actorPath({ namespace, token }, name, key, path) {
  const query = new URLSearchParams({
    "rvt-namespace": namespace,
    "rvt-method": "getOrCreate",
    "rvt-runner": "default",
    "rvt-key": key,
    "rvt-crash-policy": "sleep",
  });
  if (token) query.append("rvt-token", token);
  return `/gateway/${name}${path}?${query}`;
}

export function requestHeaders({ token }) {
  const headers = { "content-type": "application/json", "x-rivet-encoding": "json" };
  return token ? { ...headers, "x-rivet-token": token } : headers;
}

export const SUBPROTOCOLS = ["rivet", "rivet_encoding.json"];

export const actionBody = (...args) => JSON.stringify({ args });

// Built by hand: the generator shares two cores with what it measures.
export const actionFrame = (id, name, argsJson) =>
  `{"body":{"tag":"ActionRequest","val":{"id":["$BigInt","${id}"],"name":"${name}","args":${argsJson}}}}`;

export const subscriptionFrame = (eventName) =>
  JSON.stringify({ body: { tag: "SubscriptionRequest", val: { eventName, subscribe: true } } });

/** Ids travel as ["$BigInt", "7"]; an Error that belongs to no action carries null. */
export const callId = (wireId) => (wireId === null || wireId === undefined ? null : Number(wireId[1]));

/** @returns {{tag: string, val: object}} */
export const parseFrame = (data) => JSON.parse(data).body;
