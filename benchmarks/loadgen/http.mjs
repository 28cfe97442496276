// HTTP side of the generator: keep-alive connections, one request at a time on each.
import { Pool } from "undici";
import { actionBody, actorPath, requestHeaders } from "./wire.mjs";

const TIMEOUT_MS = 30_000;

export class HttpDoor {
  constructor(options, connections) {
    this.options = options;
    this.headers = requestHeaders(options);
    this.pool = new Pool(options.endpoint, {
      connections,
      pipelining: 1,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      keepAliveTimeout: 60_000,
    });
  }

  /** @returns a function that posts this one action again and again and answers its output. */
  action(name, key, action, ...args) {
    const path = actorPath(this.options, name, key, `/action/${action}`);
    const body = actionBody(...args);
    return async () => (await this.post(path, body)).output;
  }

  /** @returns a function that sends a message to a queue, and answers the response that it is completed with. */
  message(name, key, queue) {
    const path = actorPath(this.options, name, key, `/queue/${queue}`);
    return async (body) => (await this.post(path, JSON.stringify({ body, wait: true, timeout: TIMEOUT_MS }))).response;
  }

  /** Errors carry status and the server's own code, so that kinds of failure can be counted. */
  async post(path, body) {
    const response = await this.pool.request({ method: "POST", path, headers: this.headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode} ${text.slice(0, 100)}`);
    return JSON.parse(text);
  }
}
