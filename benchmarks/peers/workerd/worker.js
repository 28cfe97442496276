// The peer: a counter, a room, a sleeper and a keeper as Durable Objects, speaking the JSON form of the actor wire.
// The output gate holds every reply and frame until the writes before it are on disk.
import { DurableObject } from "cloudflare:workers";

const GATEWAY = /^\/gateway\/(counter|room|sleeper|keeper)\/(connect|action\/([^/]+))$/;

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/metadata" || pathname === "/health") return Response.json({ runtime: "workerd" });
    const match = GATEWAY.exec(pathname);
    if (!match) return failure(404, "actor", "not_found", `no route ${pathname}`);
    const namespace = env[match[1]];
    return namespace.get(namespace.idFromName(searchParams.get("rvt-key") ?? "")).fetch(request);
  },
};

class WireObject extends DurableObject {
  async fetch(request) {
    if (request.headers.get("upgrade") === "websocket") return this.accept();
    const action = new URL(request.url).pathname.split("/").pop();
    const { args } = await request.json();
    if (!this.actions.has(action)) return failure(404, "actor", "action_not_found", action);
    return Response.json({ output: await this[action](...args) });
  }

  accept() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const val = { actorId: this.ctx.id.toString(), connectionId: crypto.randomUUID() };
    server.send(JSON.stringify({ body: { tag: "Init", val } }));
    return new Response(null, { status: 101, webSocket: client, headers: { "sec-websocket-protocol": "rivet" } });
  }

  async webSocketMessage(socket, text) {
    const { tag, val } = JSON.parse(text).body;
    if (tag === "SubscriptionRequest") return socket.serializeAttachment({ subscribed: val.eventName });
    if (!this.actions.has(val.name)) return socket.send(errorFrame(val));
    const output = await this[val.name](...val.args);
    socket.send(JSON.stringify({ body: { tag: "ActionResponse", val: { id: val.id, output } } }));
  }
}

class Stored extends WireObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.count = (await ctx.storage.get("count")) ?? 0;
    });
  }

  add(amount) {
    this.count += amount;
    this.ctx.storage.put("count", this.count);
    return this.count;
  }
}

export class Counter extends Stored {
  actions = new Set(["increment", "get_count"]);

  increment(amount) {
    return this.add(amount);
  }

  get_count() {
    return this.count;
  }
}

/** Evicted by workerd after ten seconds without work, and its sockets hibernate: `life` is new afterwards. */
export class Sleeper extends Stored {
  actions = new Set(["increment", "look"]);
  life = crypto.randomUUID();

  increment(amount) {
    this.add(amount);
    return this.look();
  }

  look() {
    return { life: this.life, count: this.count };
  }
}

/** Puts a value of a kibibyte and gets it back; the output gate waits for the disk. */
export class Keeper extends WireObject {
  actions = new Set(["keep"]);

  async keep(number) {
    const key = `key-${number % 8}`;
    this.ctx.storage.put(key, String(number).padEnd(1024));
    return Number(await this.ctx.storage.get(key));
  }
}

export class Room extends WireObject {
  actions = new Set(["fire"]);

  fire(times) {
    for (let fired = 0; fired < times; fired++) this.broadcast("tick", { t: Date.now() });
    return times;
  }

  broadcast(name, ...args) {
    const frame = JSON.stringify({ body: { tag: "Event", val: { name, args } } });
    for (const socket of this.ctx.getWebSockets()) {
      if (socket.deserializeAttachment()?.subscribed === name) socket.send(frame);
    }
  }
}

const errorFrame = ({ id, name }) => {
  const val = { group: "actor", code: "action_not_found", message: name, actionId: id };
  return JSON.stringify({ body: { tag: "Error", val } });
};

const failure = (status, group, code, message) => Response.json({ group, code, message }, { status });
