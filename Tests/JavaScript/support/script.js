// A client without a network, for tests that act as the server: they read the client's requests and send responses.

import { timed } from "./timing.js";

const INTERESTS = ["__subscribe__", "__unsubscribe__", "__join__", "__leave__", "__members__"];

/** Returns a connected client, whose next connections the test opens. */
export async function scripted(t, options) {
    const timing = timed(t, { reconnect: { base: 1, cap: 1 }, ...options });
    const { client, sockets, settled, tick } = timing;
    const answered = new Set();
    const say = (packet) => sockets.last.say(packet);
    const reply = ({ call_id }, response, more) =>
        say({ source: 5, rpc: { type: "response", call_id, response, error: null, is_stream: false, is_end: false, ...more } });
    const requests = () => sockets.last.sent.filter(({ rpc }) => rpc?.type === "request");
    const server = {
        ...timing,
        say,
        /** Opens the client's socket, like a server without `__hello__`. */
        async open() {
            sockets.last.open();
            await settled();
            for (const { rpc } of requests()) {
                if (rpc.method === "__hello__") reply(rpc, "not found", { error: -32601 });
            }
            await settled();
        },
        /** Cuts off the connection. The client has then created the next socket. */
        async cut() {
            sockets.last.end(1006);
            await settled();
            await tick(1);
        },
        /** Returns the client's requests on this connection, for example `["__join__ tea"]`. */
        asked: () => requests()
            .filter(({ rpc }) => INTERESTS.includes(rpc.method))
            .map(({ rpc }) => `${rpc.method} ${rpc.args.flat().join(" ")}`),
        /** Responds to the oldest pending call of a method. */
        answer(method, response = true, more) {
            const request = requests().find((request) =>
                request.rpc.method === method && request.rpc.call_id !== "-" && !answered.has(request));
            if (!request) throw new Error(`no call of ${method} is pending`);
            answered.add(request);
            reply(request.rpc, response, more);
        },
        refuse: (method, error = -32002, more) => server.answer(method, "refused", { error, ...more }),
        publish: (channel, data, event) => say({ source: 2, channel, data, event }),
    };
    const connecting = client.connect();
    await settled();
    await server.open();
    await connecting;
    return server;
}

/** Returns the state of a promise without waiting for it. */
export function watched(promise) {
    const outcome = { isPending: true, isResolved: false };
    promise.then(
        (value) => Object.assign(outcome, { value, isPending: false, isResolved: true }),
        (error) => Object.assign(outcome, { error, isPending: false }),
    );
    return outcome;
}
