import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ConnectionError, RPCError, TimeoutError, WebshocketClient } from "../../Sources/JavaScriptClient/webshocket.js";
import { fakeSockets, startPeer } from "./support/peer.js";
import { startProxy } from "./support/proxy.js";
import { connected, makeClient, sharedURL, startServer } from "./support/serving.js";
import { timed } from "./support/timing.js";
import { next, pause, rejection, unique, until } from "./support/waiting.js";

test("the client replaces a lost connection, and emits its states", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = makeClient(t, proxy.url);
    const states = [];
    client.on("state", (state) => states.push(state));
    await client.connect();
    const waiting = next(client, "waiting");
    const open = next(client, "open");
    proxy.cut();
    const { until: when, delay, attempt, error } = await waiting;
    assert.equal(client.state, "waiting");
    assert.equal(client.waitingUntil, when);
    assert.ok(when instanceof Date && delay >= 0 && delay <= 20);
    assert.equal(attempt, 2);
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.code, 1006);
    await open;
    assert.equal(client.waitingUntil, undefined);
    assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open"]);
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("the client reconnects to a server that was killed and restarted", async (t) => {
    const first = await startServer();
    const client = await connected(t, first.url);
    const waiting = next(client, "waiting");
    await first.stop("SIGKILL");
    await waiting;
    const calling = client.sendRPC("add", [1, 2]);
    (await startServer("--port", String(first.port))).stopAfter(t);
    assert.equal(await calling, 3);
});

test("the client follows a server's advice on when to reconnect after a shutdown", async (t) => {
    const server = await startServer();
    const client = await connected(t, server.url);
    const waiting = next(client, "waiting");
    const asked = performance.now();
    await server.stop();
    const { delay, error } = await waiting;
    assert.equal(error.code, 1001);
    const advice = Number(/retry-after=([\d.]+)/.exec(error.reason)[1]) * 1000;
    assert.ok(advice >= 500 && advice <= 5000);
    assert.equal(delay, advice);
    (await startServer("--port", String(server.port))).stopAfter(t);
    await next(client, "open");
    assert.ok(performance.now() - asked >= advice - 5);
});

test("a first connection is attempted once, or as often as the policy allows", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    proxy.refuse();
    const client = makeClient(t, proxy.url);
    const error = await rejection(client.connect());
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "notSent");
    assert.equal(client.state, "closed");
    const waits = [];
    const off = client.on("waiting", ({ attempt }) => waits.push(attempt));
    await rejection(client.connect({ retry: { attempts: 4, base: 1, cap: 5 } }));
    assert.deepEqual(waits, [2, 3, 4]);
    off();
    const connecting = client.connect({ retry: true });
    await next(client, "waiting");
    proxy.refuse(false);
    await connecting;
    assert.equal(client.state, "open");
});

test("an unreachable server is retried after pauses with a growing limit, which is reset by a connection", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url, { reconnect: { base: 20, cap: 160, healthyAfter: 100 } });
    const waits = [];
    client.on("waiting", ({ delay }) => waits.push({ delay, began: performance.now() }));
    proxy.refuse();
    proxy.cut();
    await until(() => waits.length === 15);
    proxy.refuse(false);
    await next(client, "open");
    const [, ...tries] = proxy.tries;
    assert.equal(tries.length, waits.length);
    let [meant, measured] = [0, 0];
    for (const [index, { delay, began }] of waits.entries()) {
        const most = Math.min(160, 20 * 2 ** index);
        assert.ok(delay >= 0 && delay <= most, `pause ${index}: ${delay}`);
        const pause = tries[index] - began;
        meant += delay;
        measured += pause;
    }
    // A timer counts from the last time that the event loop read the clock, so a single timer may fire a little early.
    assert.ok(measured > 0.8 * meant, `${measured} ms in place of ${meant} ms`);
    // The probability of a failure by chance is 1 in 10^10.
    assert.ok(waits.some(({ delay }) => delay > 20));
    assert.ok(new Set(waits.map(({ delay }) => delay)).size > 10);
    await client.sendRPC("sleep", [150]);
    proxy.cut();
    assert.ok((await next(client, "waiting")).delay <= 20);
});

test("after the maximum number of attempts, the client is closed", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url, { reconnect: { attempts: 3, base: 1, cap: 5 } });
    const closing = next(client, "close");
    let waits = 0;
    client.on("waiting", () => waits++);
    proxy.refuse();
    proxy.cut();
    assert.ok((await closing).error instanceof ConnectionError);
    assert.equal(waits, 2);
    assert.equal(client.state, "closed");
    proxy.refuse(false);
    await client.connect();
    assert.equal(await client.sendRPC("add", [1, 1]), 2);
});

test("a client without a reconnect policy does not reconnect", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url, { reconnect: false });
    const closing = next(client, "close");
    proxy.cut();
    await closing;
    assert.equal(client.state, "closed");
});

test("a signal ends the wait for a connection, and the last signal ends the attempts", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    proxy.refuse();
    const client = makeClient(t, proxy.url);
    const abort = new AbortController();
    const connecting = [client.connect({ retry: true, signal: abort.signal }), client.connect({ signal: abort.signal })];
    await next(client, "waiting");
    abort.abort();
    for (const each of connecting) assert.equal((await rejection(each)).name, "AbortError");
    assert.equal(client.state, "closed");
    assert.equal((await rejection(client.connect({ signal: AbortSignal.abort() }))).name, "AbortError");
});

test("close ends an attempt to connect, and a pause between attempts", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    proxy.stall();
    const client = makeClient(t, proxy.url);
    const connecting = rejection(client.connect());
    await until(() => proxy.accepted === 1);
    await client.close();
    assert.equal((await connecting).delivery, "notSent");
    // The abandoned connection must not be confused with the next one.
    proxy.cut();
    proxy.resume();
    proxy.refuse();
    const waiting = rejection(client.connect({ retry: true }));
    await next(client, "waiting");
    await client.close();
    assert.ok(await waiting instanceof ConnectionError);
    assert.equal(client.state, "closed");
});

test("the client times out if a server accepts connections and sends nothing", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    proxy.stall();
    const client = makeClient(t, proxy.url, { connectTimeout: 50 });
    assert.match((await rejection(client.connect())).message, /within 50 ms/);
});

const closes = [
    [1000, "", "final"], [1001, "", "again"], [1003, "", "final"], [1008, "", "final"], [1011, "", "again"],
    [1012, "", "again"], [1013, "", "again"], [3000, "", "again"], [3500, "", "final"], [3999, "", "final"], [4000, "", "again"],
    [4500, "", "final"], [4999, "", "final"], [1001, "bye; retry-after=never", "final"],
    [1000, "bye; retry-after=0.02", "again"], [4500, "; retry-after=0", "again"],
    [1001, "bye; retry-after=soon", "again"], [1008, "; retry-after=1.2345", "final"], [1008, "; retry-after=604801", "final"],
];

for (const [code, reason, outcome] of closes) {
    test(`a close with ${code}${reason && ` ${reason}`} ${outcome === "final" ? "ends the attempts" : "is followed by another attempt"}`, async (t) => {
        const peer = await startPeer(t, (peer, number) => number === 1 && peer.whenOpen(() => peer.close(code, reason)));
        const client = await connected(t, peer.url);
        const event = await Promise.race([next(client, "close").then(() => "final"), next(client, "waiting").then(() => "again")]);
        assert.equal(event, outcome);
    });
}

test("the client waits for the advice without an additional pause, and the event \"online\" does not shorten it", async (t) => {
    const online = new EventTarget();
    globalThis.addEventListener = online.addEventListener.bind(online);
    globalThis.removeEventListener = online.removeEventListener.bind(online);
    t.after(() => {
        delete globalThis.addEventListener;
        delete globalThis.removeEventListener;
    });
    const peer = await startPeer(t, (peer, number) => number === 1 && peer.whenOpen(() => peer.close(1001, "; retry-after=0.2")));
    const client = await connected(t, peer.url);
    assert.equal((await next(client, "waiting")).delay, 200);
    online.dispatchEvent(new Event("online"));
    assert.equal(client.state, "waiting");
    await next(client, "open");
});

test("a client that is back online does not wait", async (t) => {
    const online = new EventTarget();
    let listeners = 0;
    globalThis.addEventListener = (...words) => (listeners++, online.addEventListener(...words));
    globalThis.removeEventListener = (...words) => (listeners--, online.removeEventListener(...words));
    t.after(() => {
        delete globalThis.addEventListener;
        delete globalThis.removeEventListener;
    });
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url, { reconnect: { base: 10_000_000, cap: 80_000_000 } });
    proxy.cut();
    await next(client, "waiting");
    online.dispatchEvent(new Event("online"));
    await next(client, "open");
    assert.equal(listeners, 0);
    proxy.cut();
    await next(client, "waiting");
    assert.equal(listeners, 1);
    await client.close();
    assert.equal(listeners, 0);
});

test("the token is sent first, then the preparation, then subscriptions, then queued messages in order", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => rpc && !rpc.notify && peer.answer(rpc.call_id, true);
    });
    let tokens = 0;
    const client = makeClient(t, peer.url, {
        token: async () => `token ${++tokens}`,
        prepare: async (client) => {
            await client.sendRPC("login", ["ann"]);
            await client.notify("hello");
        },
    });
    const early = [rejection(client.sendRPC("too early"))];
    const connecting = client.connect();
    const waiting = [client.sendRPC("one"), client.notify("two"), client.send("three"), client.subscribe("news", () => {})];
    await Promise.all([connecting, ...waiting, ...early]);
    await client.join("room");
    const said = (peer) => peer.packets.map(({ rpc, data }) => rpc ? [rpc.method, ...rpc.args].join(" ") : data);
    assert.deepEqual(said(peer.peers[0]),
        ["__authenticate__ token 1", "login ann", "hello", "one", "two", "three", "__subscribe__ news", "__join__ room"]);
    peer.peers[0].destroy();
    await next(client, "waiting");
    await Promise.all([client.sendRPC("four"), client.notify("five")]);
    assert.deepEqual(said(peer.peers[1]),
        ["__authenticate__ token 2", "login ann", "hello", "__subscribe__ news", "__join__ room", "four", "five"]);
});

test("a refused token is not sent again", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => {
            peer.answer(rpc.call_id, "Access denied.", { error: -32002, is_end: true });
            peer.close(1008, "Authentication failed");
        };
    });
    const client = makeClient(t, peer.url, { token: "wrong" });
    const error = await rejection(client.connect({ retry: true }));
    assert.ok(error instanceof RPCError);
    assert.equal(error.code, -32002);
    assert.equal(client.state, "closed");
    assert.equal(peer.requests, 1);
});

test("after a refusal, a token function is called for another token once", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => rpc.args[0].startsWith("good")
            ? peer.answer(rpc.call_id, true)
            : (peer.answer(rpc.call_id, "Access denied.", { error: -32002, is_end: true }), peer.close(1008, "Authentication failed"));
    });
    let tokens = ["bad", "good 1", "bad", "bad", "good 2"];
    const client = makeClient(t, peer.url, { token: () => tokens.shift() });
    await client.connect({ retry: true });
    assert.equal(peer.requests, 2);
    const closing = next(client, "close");
    peer.peers[1].destroy();
    assert.equal((await closing).error.code, -32002);
    assert.deepEqual(tokens, ["good 2"]);
});

test("an error of prepare whose code is also a close code ends the attempts", async (t) => {
    const prepare = () => { throw new RPCError("no", { code: 4903 }); };
    const client = makeClient(t, await sharedURL(), { token: () => "any", prepare });
    assert.equal((await rejection(client.connect({ retry: true }))).code, 4903);
    assert.equal(client.state, "closed");
});

test("a server without tokens is accepted", async (t) => {
    const client = await connected(t, await sharedURL(), { token: "any" });
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("on a real server, a token is accepted, refused, expires and is replaced", async (t) => {
    const url = `${await sharedURL()}/members`;
    const client = await connected(t, url, { token: "good ann" });
    assert.equal(await client.sendRPC("secret"), "Sensitive Data");
    assert.equal((await (await client.join(`room.${unique("a")}`)).members)[0].user, "ann");
    await client.authenticate("good bob");
    assert.equal((await (await client.join(`room.${unique("b")}`)).members)[0].user, "bob");
    assert.equal((await rejection(client.authenticate("bad"))).code, -32002);
    assert.equal((await rejection(makeClient(t, url, { token: "bad" }).connect({ retry: true }))).code, -32002);
    const stranger = makeClient(t, url);
    assert.equal((await rejection(stranger.connect({ retry: true }))).code, 4901);
    assert.equal(stranger.state, "closed");
    // The renewals are refused, and the next connection is admitted.
    const brief = makeClient(t, url, { token: () => (brief.state === "open" ? "bad" : "brief eve") });
    await brief.connect();
    assert.equal((await next(brief, "waiting")).error.code, 4903);
    await next(brief, "open");
    assert.equal((await next(await connected(t, url, { token: "brief eve" }), "close")).error.code, 4903);
});

test("the client waits for the rate limit of the authentication", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        peer.hear = ({ rpc }) => number === 1
            ? peer.answer(rpc.call_id, "Rate limit exceeded.", { error: -32000, retry_after: 0.1 })
            : peer.answer(rpc.call_id, true);
    });
    const client = makeClient(t, peer.url, { token: "right" });
    const connecting = client.connect({ retry: true });
    const { delay } = await next(client, "waiting");
    assert.ok(delay >= 100 && delay <= 600, String(delay));
    await connecting;
});

test("a token function that fails is called again", async (t) => {
    let tries = 0;
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.answer(rpc.call_id, true);
    });
    const token = () => {
        if (++tries < 3) throw new Error("no token yet");
        return "token";
    };
    const client = makeClient(t, peer.url, { token });
    await client.connect({ retry: { base: 1, cap: 2 } });
    assert.equal(tries, 3);
});

test("any error thrown during the preparation is a failed attempt", async (t) => {
    const url = await sharedURL();
    for (const thrown of [undefined, null, "text", 7, Symbol("a"), Object.create(null)]) {
        const error = await rejection(makeClient(t, url, { token: () => { throw thrown; } }).connect());
        assert.equal(error.name, "WebshocketError");
        assert.equal(error.cause, thrown);
    }
    class WebSocket {
        constructor() {
            throw new DOMException("not from here", "SecurityError");
        }
    }
    const client = makeClient(t, url, { WebSocket });
    assert.equal((await rejection(client.connect({ retry: true }))).name, "SecurityError");
    assert.equal(client.state, "closed");
});

test("an expired token is replaced if there is another one", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        peer.hear = ({ rpc }) => {
            peer.answer(rpc.call_id, true);
            if (number === 1) peer.whenOpen(() => peer.close(4903, "Authentication expired"));
        };
    });
    let last = 0;
    const client = await connected(t, peer.url, { token: () => String(++last) });
    await next(client, "waiting");
    await next(client, "open");
    assert.equal(peer.peers[1].packets[0].rpc.args[0], "2");
    const other = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => {
            peer.answer(rpc.call_id, true);
            peer.whenOpen(() => peer.close(4903, "Authentication expired"));
        };
    });
    const settled = await connected(t, other.url, { token: "the only one" });
    assert.equal((await next(settled, "close")).error.code, 4903);
});

test("authenticate sends another token on the open connection, and on later ones", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => rpc.args[0] === "bad"
            ? peer.answer(rpc.call_id, "Access denied.", { error: -32002 })
            : peer.answer(rpc.call_id, true);
    });
    const client = await connected(t, peer.url, { token: "first" });
    await client.authenticate("second");
    assert.equal((await rejection(client.authenticate("bad"))).code, -32002);
    peer.peers[0].destroy();
    await next(client, "open");
    assert.deepEqual(peer.peers[1].packets.map(({ rpc }) => rpc.args[0]), ["second"]);
});

test("authenticate without a connection sends the token first on the next one", async (t) => {
    let good = "old";
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => {
            if (rpc.args[0] === good) return peer.answer(rpc.call_id, true);
            peer.answer(rpc.call_id, "Access denied.", { error: -32002, is_end: true });
            peer.close(1008, "Authentication failed");
        };
    });
    const client = makeClient(t, peer.url, { token: "too old" });
    await client.authenticate("old");
    await client.connect();
    assert.deepEqual(peer.peers[0].packets.map(({ rpc }) => rpc.args[0]), ["old"]);
    good = "new";
    peer.peers[0].destroy();
    await next(client, "waiting");
    await client.authenticate("new");
    assert.equal(client.state, "open");
    assert.equal(peer.peers[1].packets[0].rpc.args[0], "new");
});

test("a token that is replaced while the server checks it may be refused", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = async ({ rpc }) => {
            if (rpc.args[0] === "new") return peer.answer(rpc.call_id, true);
            client.authenticate("new").catch(() => {});
            peer.answer(rpc.call_id, "Access denied.", { error: -32002, is_end: true });
            peer.close(1008, "Authentication failed");
        };
    });
    const client = makeClient(t, peer.url, { token: "old" });
    await client.connect({ retry: true });
    assert.equal(peer.requests, 2);
    assert.equal(peer.peers[1].packets[0].rpc.args[0], "new");
});

test("a preparation may fail for one attempt, or end all attempts", async (t) => {
    const url = await sharedURL();
    let tries = 0;
    const prepare = async () => {
        if (++tries < 3) throw new Error("not yet");
    };
    await makeClient(t, url, { prepare }).connect({ retry: { base: 1, cap: 2 } });
    assert.equal(tries, 3);
    const final = makeClient(t, url, { prepare: (client) => client.sendRPC("secret") });
    assert.equal((await rejection(final.connect({ retry: true }))).code, -32002);
    assert.equal(final.state, "closed");
    const slow = makeClient(t, url, { prepare: () => new Promise(() => {}), connectTimeout: 50 });
    assert.match((await rejection(slow.connect())).message, /prepared within 50 ms/);
});

test("a preparation may use streams, and is bound to its connection", async (t) => {
    let kept;
    const proxy = await startProxy(t, await sharedURL());
    const seen = [];
    const client = await connected(t, proxy.url, {
        prepare: async (client) => {
            kept ??= client;
            for await (const number of client.streamRPC("numbers", [3])) seen.push(number);
        },
    });
    assert.equal(await kept.sendRPC("add", [1, 2]), 3);
    proxy.cut();
    await next(client, "open");
    assert.deepEqual(seen, [0, 1, 2, 0, 1, 2]);
    assert.equal((await rejection(kept.sendRPC("add", [1, 2]))).delivery, "notSent");
});

test("a call that was sent is not sent again, unless it is idempotent", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url);
    const once = rejection(client.sendRPC("sleep", [30_000]));
    const again = client.sendRPC("sleep", [300], { idempotent: true });
    // Both have arrived when a later call has its response.
    await client.sendRPC("add", [1, 2]);
    proxy.cut();
    const error = await once;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "maybeExecuted");
    assert.equal(await again, 300);
});

const endings = {
    "its timeout": { call: { timeout: 150 } },
    "its time to live": { client: { offlineQueue: { timeToLive: 60 } } },
    "the client": { end: (client) => client.close() },
    "the last attempt": { client: { reconnect: { base: 1, cap: 2, attempts: 3 } } },
};

for (const [name, { call, client: options, end }] of Object.entries(endings)) {
    test(`a call that was sent may have run, also if ${name} ends it while it waits to be sent again`, async (t) => {
        const proxy = await startProxy(t, await sharedURL());
        const client = await connected(t, proxy.url, options);
        const counter = unique("once");
        const failing = rejection(client.sendRPC("sleep", [30_000], { idempotent: true, ...call }));
        const unsent = rejection(client.sendRPC("bump", [counter], { signal: AbortSignal.abort() }));
        await client.sendRPC("counted", [counter]);
        proxy.refuse();
        proxy.cut();
        await next(client, "waiting");
        const behind = rejection(client.sendRPC("bump", [counter], call));
        end?.(client);
        assert.equal((await failing).delivery, "maybeExecuted");
        assert.equal((await unsent).name, "AbortError");
        if (call || end) assert.equal((await behind).delivery, "notSent");
        await client.close();
        assert.equal((await behind).delivery, "notSent");
    });
}

test("a call that ends its connections is sent again at most 5 times", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => rpc.method === "deadly" ? peer.destroy() : peer.answer(rpc.call_id, true);
    });
    const client = await connected(t, peer.url, { reconnect: { base: 1, cap: 2 } });
    const error = await rejection(client.sendRPC("deadly", [], { idempotent: true }));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "maybeExecuted");
    assert.equal(await client.sendRPC("harmless"), true);
    assert.deepEqual(peer.peers.map((each) => each.calls("deadly").length), [1, 1, 1, 1, 1, 1, 0]);
});

test("a call that may have caused the close code is not sent again", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = () => peer.close(1009);
    });
    const client = await connected(t, peer.url);
    const error = await rejection(client.sendRPC("large", [], { idempotent: true }));
    assert.equal(error.code, 1009);
    await next(client, "open");
    await pause(20);
    assert.deepEqual(peer.peers[1].packets, []);
});

test("a timeout includes time without a connection, and then has delivery notSent", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url);
    const name = unique("late");
    proxy.refuse();
    proxy.cut();
    await next(client, "waiting");
    const error = await rejection(client.sendRPC("bump", [name], { timeout: 60 }));
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.delivery, "notSent");
    assert.equal(client.queued.items, 0);
    const abort = new AbortController();
    const aborted = rejection(client.sendRPC("bump", [name], { signal: abort.signal }));
    abort.abort();
    assert.equal((await aborted).name, "AbortError");
    assert.equal(client.queued.items, 0);
    proxy.refuse(false);
    assert.equal(await client.sendRPC("counted", [name]), 0);
});

test("a listener may call close or connect", async (t) => {
    const client = makeClient(t, await sharedURL());
    const off = client.on("state", (state) => state === "open" && client.close());
    assert.ok(await rejection(client.connect()) instanceof ConnectionError);
    assert.equal(client.state, "closed");
    off();
    const stop = client.on("close", () => client.connect());
    await client.connect();
    await client.close();
    await until(() => client.state === "open");
    stop();
});

test("a closed client does not keep its process alive", async (t) => {
    const { spawnSync } = await import("node:child_process");
    const program = `
        import { WebshocketClient } from ${JSON.stringify(new URL("../../Sources/JavaScriptClient/webshocket.js", import.meta.url))};
        const client = new WebshocketClient(${JSON.stringify(await sharedURL())});
        await client.connect();
        client.sendRPC("sleep", [30_000]).catch(() => {});
        client.subscribe("a", () => {}).catch(() => {});
        await client.sendRPC("add", [1, 2]);
        await client.close();
        const never = new WebshocketClient("ws://127.0.0.1:1");
        const connecting = never.connect({ retry: true }).catch(() => {});
        never.sendRPC("add", [1, 2]).catch(() => {});
        never.on("waiting", () => never.close());
        await connecting;
        console.log("closed");`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 10_000 });
    assert.equal(`${stdout}`, "closed\n");
    assert.equal(status, 0, String(stderr));
});

// Without a network and a clock.

test("pauses are a random part of a time that doubles with each failure, and only a healthy connection resets it", async (t) => {
    const { client, sockets, settled, tick } = timed(t, { reconnect: { base: 100, cap: 1000, healthyAfter: 5000 } });
    let chance = 0.5;
    mock.method(Math, "random", () => chance);
    const delays = [];
    client.on("waiting", ({ delay }) => delays.push(delay));
    client.connect();
    await settled();
    sockets.last.open();
    await settled();
    const fail = async () => {
        sockets.last.end();
        await settled();
        await tick(delays.at(-1));
    };
    for (let index = 0; index < 6; index++) await fail();
    assert.deepEqual(delays, [50, 100, 200, 400, 500, 500]);
    // A connection that opens and ends at once is not a success.
    sockets.last.open();
    await settled();
    await tick(4999);
    await fail();
    assert.equal(delays.at(-1), 500);
    sockets.last.open();
    await settled();
    await tick(5000);
    chance = 0.9;
    await fail();
    assert.equal(delays.at(-1), 90);
});

test("the reconnects of many clients are spread over time", async (t) => {
    const { settled } = timed(t, {});
    const sockets = fakeSockets();
    const delays = [];
    const clients = Array.from({ length: 1000 }, () => {
        const client = new WebshocketClient("ws://x", { WebSocket: sockets, heartbeat: false, reconnect: { base: 1000 } });
        client.on("waiting", ({ delay }) => delays.push(delay));
        client.connect();
        return client;
    });
    await settled();
    for (const socket of sockets.all) socket.open();
    await settled();
    for (const socket of sockets.all) socket.end();
    assert.equal(delays.length, 1000);
    for (let tenth = 0; tenth < 10; tenth++) {
        const count = delays.filter((delay) => delay >= tenth * 100 && delay < (tenth + 1) * 100).length;
        assert.ok(count > 50 && count < 150, `${count} in tenth ${tenth}`);
    }
    for (const client of clients) client.close();
});
