// A WebSocket server that sends whatever a test specifies, valid or invalid.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const OPCODES = { text: 1, binary: 2, close: 8 };

/** One connection to the server. */
class Peer {
    #socket;
    #received = Buffer.alloc(0);
    /** The packets that the client has sent, and its close frame. */
    packets = [];
    closing;
    /** Called with each packet. */
    hear = () => {};
    /** Responds to `__hello__`. If undefined, `__hello__` is handled like other packets, by `hear` and `packets`. */
    hello = (rpc) => this.answer(rpc.call_id, { limits: {} });
    /** The calls of `__hello__` that `hello` has responded to. */
    hellos = [];
    #whenOpen = [];

    constructor(socket) {
        this.#socket = socket;
        socket.on("data", (data) => {
            this.#received = Buffer.concat([this.#received, data]);
            while (this.#readFrame());
        });
    }

    #readFrame() {
        const bytes = this.#received;
        if (bytes.length < 2) return false;
        let length = bytes[1] & 0x7f;
        let start = 2;
        if (length === 126) [length, start] = [bytes.readUInt16BE(2), 4];
        else if (length === 127) [length, start] = [Number(bytes.readBigUInt64BE(2)), 10];
        if (bytes.length < start + 4 + length) return false;
        const mask = bytes.subarray(start, start + 4);
        const payload = bytes.subarray(start + 4, start + 4 + length).map((byte, index) => byte ^ mask[index % 4]);
        this.#received = bytes.subarray(start + 4 + length);
        if ((bytes[0] & 0x0f) === OPCODES.text) {
            const packet = JSON.parse(Buffer.from(payload).toString());
            if (packet.rpc?.method === "__hello__" && this.hello) {
                this.hellos.push(packet.rpc);
                this.hello(packet.rpc);
                for (const action of this.#whenOpen.splice(0)) action();
            } else {
                this.packets.push(packet);
                this.hear(packet, this);
            }
        } else if ((bytes[0] & 0x0f) === OPCODES.close) {
            this.closing = payload.length < 2 ? {} : { code: Buffer.from(payload).readUInt16BE(0) };
            this.#frame(OPCODES.close, Buffer.from(payload));
            this.#socket.end();
        }
        return true;
    }

    #frame(opcode, payload) {
        const head = Buffer.alloc(10);
        head[0] = 0x80 | opcode;
        let size = 2;
        if (payload.length < 126) head[1] = payload.length;
        else if (payload.length < 65_536) [head[1], size] = [126, head.writeUInt16BE(payload.length, 2)];
        else [head[1], size] = [127, head.writeBigUInt64BE(BigInt(payload.length), 2)];
        this.#socket.write(Buffer.concat([head.subarray(0, size), payload]));
    }

    text(text) {
        this.#frame(OPCODES.text, Buffer.from(text));
    }

    binary(bytes) {
        this.#frame(OPCODES.binary, Buffer.from(bytes));
    }

    send(packet) {
        this.text(JSON.stringify(packet));
    }

    /** Sends the response to a call. */
    answer(call_id, response, more = {}) {
        this.send({ source: 5, rpc: { type: "response", call_id, response, error: null, is_stream: false, is_end: false, ...more } });
    }

    element(call_id, response) {
        this.answer(call_id, response, { is_stream: true });
    }

    close(code, reason = "") {
        const payload = Buffer.alloc(2);
        payload.writeUInt16BE(code);
        this.#frame(OPCODES.close, Buffer.concat([payload, Buffer.from(reason)]));
        this.#socket.end();
    }

    destroy() {
        this.#socket.destroy();
    }

    /** Sends all packets of `work` in one write. */
    together(work) {
        this.#socket.cork();
        work();
        this.#socket.uncork();
    }

    /** Runs the action after the response to `__hello__`. Without a token and a preparation, the client is open then. */
    whenOpen(action) {
        if (this.hellos.length) action();
        else this.#whenOpen.push(action);
    }

    calls(method) {
        return this.packets.filter(({ rpc }) => rpc?.method === method).map(({ rpc }) => rpc);
    }
}

/**
 * @param behave called after each handshake, with the connection and its number, starting at 1
 * @param status an HTTP status with which the server rejects all requests
 */
export async function startPeer(test, behave = () => {}, { status } = {}) {
    const server = createServer((socket) => {
        socket.on("error", () => {});
        let head = "";
        const read = (data) => {
            head += data.toString("latin1");
            if (!head.includes("\r\n\r\n")) return;
            socket.off("data", read);
            running.requests++;
            if (status) return socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
            const key = /sec-websocket-key: *(\S+)/i.exec(head)[1];
            const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
            socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
                `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
            const peer = new Peer(socket);
            running.peers.push(peer);
            running.behave(peer, running.peers.length);
        };
        socket.on("data", read);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const running = { url: `ws://127.0.0.1:${server.address().port}`, peers: [], requests: 0, behave };
    test.after(() => {
        for (const peer of running.peers) peer.destroy();
        server.close();
    });
    return running;
}

/** Returns a WebSocket class without a network. The test opens and closes its instances, and delivers their messages. */
export function fakeSockets() {
    return class FakeSocket {
        static all = [];
        readyState = 0;
        bufferedAmount = 0;
        /** The packets that the client has sent, except calls of `__hello__` that have a response. */
        sent = [];
        hellos = [];
        /** The response to `__hello__`. If undefined, there is no response, and the call is in `sent`. */
        hello = { limits: {} };

        constructor(url) {
            this.url = url;
            FakeSocket.all.push(this);
            this.constructor.born?.(this);
        }

        static hello(answer) {
            this.born = (socket) => (socket.hello = answer);
        }

        static get last() {
            return this.all.at(-1);
        }

        open() {
            this.readyState = 1;
            this.onopen({});
        }

        say(packet) {
            this.onmessage({ data: typeof packet === "string" ? packet : JSON.stringify(packet) });
        }

        send(text) {
            const packet = JSON.parse(text);
            if (packet.rpc?.method !== "__hello__" || !this.hello) return this.sent.push(packet);
            this.hellos.push(packet.rpc);
            queueMicrotask(() => this.answer(packet.rpc.call_id, this.hello));
        }

        answer(call_id, response, more = {}) {
            this.say({ source: 5, rpc: { type: "response", call_id, response, error: null, is_stream: false, is_end: false, ...more } });
        }

        end(code = 1006, reason = "") {
            this.readyState = 3;
            this.onclose({ code, reason });
        }

        close() {
            if (this.readyState < 2) queueMicrotask(() => this.end(1005));
            this.readyState = 2;
        }
    };
}
