// A TCP proxy on 127.0.0.1 that can cut, stall and refuse connections.

import { once } from "node:events";
import { connect, createServer } from "node:net";

export async function startProxy(test, targetURL) {
    const pairs = new Set();
    let isRefusing = false;
    let isStalled = false;
    const server = createServer((incoming) => {
        proxy.tries.push(performance.now());
        if (isRefusing) return incoming.destroy();
        proxy.accepted++;
        const outgoing = connect(proxy.targetPort, "127.0.0.1");
        const pair = [incoming, outgoing];
        pairs.add(pair);
        for (const [from, to] of [pair, [outgoing, incoming]]) {
            from.on("data", (data) => to.write(data));
            from.on("error", () => {});
            from.on("close", () => {
                pairs.delete(pair);
                to.destroy();
            });
            if (isStalled) from.pause();
        }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = {
        url: `ws://127.0.0.1:${server.address().port}`,
        targetPort: Number(new URL(targetURL).port),
        accepted: 0,
        /** The time of each attempt to connect, including refused ones. */
        tries: [],
        /** Destroys all connections without a close frame. */
        cut() {
            for (const sockets of pairs) for (const socket of sockets) socket.destroy();
        },
        /** Stops all traffic, on existing and on new connections. */
        stall() {
            isStalled = true;
            for (const sockets of pairs) for (const socket of sockets) socket.pause();
        },
        resume() {
            isStalled = false;
            for (const sockets of pairs) for (const socket of sockets) socket.resume();
        },
        refuse(isSo = true) {
            isRefusing = isSo;
        },
    };
    test.after(() => {
        proxy.cut();
        server.close();
    });
    return proxy;
}
