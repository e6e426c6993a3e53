// A server in its own thread, for tests that block theirs. It responds to calls, and then sets the first flag.

import { parentPort, workerData as flags } from "node:worker_threads";
import { startPeer } from "./peer.js";

const { url } = await startPeer({ after() {} }, (peer) => {
    peer.hear = ({ rpc }) => {
        peer.answer(rpc.call_id, "reply");
        Atomics.store(flags, 0, 1);
        Atomics.notify(flags, 0);
    };
});
parentPort.postMessage(url);
