// A server in a thread of its own, for tests that block theirs. It answers calls, and sets the first flag then.

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
