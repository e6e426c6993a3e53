// A client without a network, with a clock that the test controls.

import { mock } from "node:test";
import { WebshocketClient } from "../../../Sources/JavaScriptClient/webshocket.js";
import { fakeSockets } from "./peer.js";

export function timed(t, options) {
    mock.timers.enable({ apis: ["setTimeout"] });
    let now = 0;
    mock.method(performance, "now", () => now);
    t.after(() => mock.restoreAll());
    t.after(() => mock.timers.reset());
    const sockets = fakeSockets();
    const client = new WebshocketClient("ws://x", { WebSocket: sockets, heartbeat: false, ...options });
    t.after(() => client.close());
    // A timer of the client waits for some turns of the event loop, to read received data, before it acts.
    const settled = async () => {
        for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    return {
        client,
        sockets,
        settled,
        /** Advances the clock without firing timers, as during a suspension of the program. */
        suspend(time) {
            now += time;
        },
        async tick(time) {
            now += time;
            mock.timers.tick(time);
            await settled();
        },
    };
}
