// A client for Webshocket servers: calls, streams, channels and rooms over one WebSocket, which is replaced when it is lost.
//
// One module for browsers and Node, without dependencies. It is a single file because it is served without a build step.
// webshocket.d.ts documents the exports, and Protocol.md the wire format. The order is bottom-up: errors, checks, packets,
// patterns, pauses, the offline queue, pending requests, listeners, subscriptions and rooms, one connection, and the client,
// which replaces its connection when it is lost.

// --- Names and codes of the protocol ---------------------------------------------------------------------------------

// A test compares these with the server's. Methods:
const HELLO = "__hello__";
const AUTHENTICATE = "__authenticate__";
const ABORT = "__abort__";
const CREDIT = "__credit__";
const PING = "__ping__";
const SUBSCRIBE = "__subscribe__";
const UNSUBSCRIBE = "__unsubscribe__";
const PUBLISH = "__publish__";
const JOIN = "__join__";
const LEAVE = "__leave__";
const MEMBERS = "__members__";

// Errors of calls (Protocol.md, "Errors").
const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;
const RATE_LIMITED = -32000;
const ACCESS_DENIED = -32002;
const DEADLINE_EXCEEDED = -32003;
const OVERLOADED = -32004;
const CANCELLED = -32005;
const REPLY_TOO_LARGE = -32006;
const SHUTTING_DOWN = -32007;

/** Close codes after which the next connection would end in the same way; the ranges are application codes. */
const FINAL_CLOSURES = [1000, 1003, 1008, 1010];
const FINAL_RANGES = [[3500, 3999], [4500, 4999]];

/** Close codes after which a client with another token reconnects. */
const STALE_CLOSURES = [4902, 4903];

/** Close codes that a message of the client may have caused. Pending messages are not sent again. */
const CAUSED_CLOSURES = [1002, 1003, 1007, 1009];

/** The longest pause that a server may advise: a week, in milliseconds. */
const LONGEST_ADVICE = 604_800_000;

/** The maximum depth of a packet, and its maximum number of values and keys, unless the server sets other limits. */
const DEEPEST = 64;
const MOST_ELEMENTS = 65_536;

/** The limits on a message until the server's response to `__hello__` sets others. */
const STANDARD_LIMITS = { depth: DEEPEST, elements: MOST_ELEMENTS, messageSize: Infinity };

// --- Errors ----------------------------------------------------------------------------------------------------------

export class WebshocketError extends Error {
    static { this.prototype.name = "WebshocketError"; }

    constructor(message, properties) {
        super(message);
        Object.assign(this, properties);
    }
}

export class RPCError extends WebshocketError {
    static { this.prototype.name = "RPCError"; }
}

export class ConnectionError extends WebshocketError {
    static { this.prototype.name = "ConnectionError"; }
}

export class TimeoutError extends WebshocketError {
    static { this.prototype.name = "TimeoutError"; }
}

export class QueueFullError extends WebshocketError {
    static { this.prototype.name = "QueueFullError"; }
}

export class EncodingError extends WebshocketError {
    static { this.prototype.name = "EncodingError"; }
}

const NOT_SENT = "notSent";
const MAYBE_EXECUTED = "maybeExecuted";

const notConnected = (message, delivery = NOT_SENT) =>
    new ConnectionError(message, { code: undefined, reason: "", delivery });

const lost = ({ code, reason }, delivery) =>
    new ConnectionError(`the connection ended: ${code}${reason && `, ${reason}`}`, { code, reason, delivery });

/** A connection error for one message, with the message's own `delivery`. */
const delivered = (error, delivery) => {
    const { code, reason = "" } = error instanceof ConnectionError ? error : {};
    return new ConnectionError(error.message, { code, reason, delivery });
};

/** The error in a response; undefined for a result. */
function errorIn({ error, code, response, retry_after, data }) {
    if (error === undefined || error === null) return undefined;
    return new RPCError(typeof response === "string" ? response : JSON.stringify(response) ?? "", {
        code: [code, error].find(Number.isInteger) ?? INTERNAL_ERROR,
        data,
        // A duration that timers support.
        retryAfter: typeof retry_after === "number" && retry_after >= 0
            ? Math.min(Math.ceil(retry_after * 1000), LONGEST_ADVICE)
            : undefined,
    });
}

// --- Checks ----------------------------------------------------------------------------------------------------------

/** The longest delay of a timer, in milliseconds. A timer with a longer delay fires at once. */
const LONGEST = 2 ** 31 - 1;

/** Returns the value if it is a number in the range; throws otherwise. */
function checked(name, value, least, most = LONGEST) {
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw new RangeError(`${name} must be a number from ${least} to ${most} (got ${String(value)})`);
}

const checkedTimeout = (value, name = "timeout") => (value === Infinity ? value : checked(name, value, 1));

function checkedText(name, value) {
    if (typeof value === "string" && value) return value;
    throw new TypeError(`${name} must be a non-empty string`);
}

function checkedFunction(name, value) {
    if (typeof value === "function") return value;
    throw new TypeError(`${name} must be a function`);
}

/** Returns the options; throws if one has an unknown name, because a misspelt option would be ignored. */
function knownOptions(owner, options = {}, names) {
    for (const name in options) {
        if (!names.includes(name)) throw new TypeError(`unknown option '${name}' of ${owner} (allowed: ${names.join(", ")})`);
    }
    return options;
}

const JOIN_OPTIONS = ["timeout", "signal"];
const CALL_OPTIONS = [...JOIN_OPTIONS, "idempotent"];
const checkedCall = (options) => knownOptions("sendRPC", options, CALL_OPTIONS);
const checkedStream = (options) => knownOptions("streamRPC", options, ["credit", "timeout", "signal"]);
const checkedNotify = (options) => knownOptions("notify", options, ["timeToLive"]);
const checkedSend = (options) => knownOptions("send", options, ["event", "timeToLive"]);

/** Returns the given options, with the standard values for absent ones. */
const completed = (owner, options, standard) => ({ ...standard, ...knownOptions(owner, options, Object.keys(standard)) });

/** Returns a checked retry policy, with the standard values for absent fields. `false` becomes a policy without attempts. */
function checkedPolicy(name, value, standard) {
    const policy = completed(name, value === false ? { attempts: 0 } : value, standard);
    checked(`${name}.attempts`, policy.attempts, 0, Infinity);
    checked(`${name}.base`, policy.base, 1);
    checked(`${name}.cap`, policy.cap, policy.base, 86_400_000);
    checked(`${name}.healthyAfter`, policy.healthyAfter, 1);
    return policy;
}

const CLIENT_OPTIONS = [
    "token", "prepare", "reconnect", "callTimeout", "connectTimeout", "WebSocket", "offlineQueue", "heartbeat", "patterns",
];

const RECONNECT = { base: 500, cap: 30_000, attempts: Infinity, healthyAfter: 10_000 };

function checkedOptions(options) {
    knownOptions("the client", options, CLIENT_OPTIONS);
    const offlineQueue = completed("offlineQueue", options.offlineQueue, { items: 1024, bytes: 1_048_576, timeToLive: 30_000 });
    for (const name of ["items", "bytes"]) checked(`offlineQueue.${name}`, offlineQueue[name], 0, Infinity);
    checked("offlineQueue.timeToLive", offlineQueue.timeToLive, 1);
    const heartbeat = options.heartbeat !== false
        && completed("heartbeat", options.heartbeat, { interval: 25_000, timeout: 20_000 });
    for (const name in heartbeat) checked(`heartbeat.${name}`, heartbeat[name], 1);
    const patterns = options.patterns ?? "segments";
    if (!Object.hasOwn(SYNTAXES, patterns)) throw new TypeError(`patterns must be "segments" or "globs" (got ${patterns})`);
    if (options.prepare) checkedFunction("prepare", options.prepare);
    const WebSocket = options.WebSocket ?? globalThis.WebSocket;
    if (!WebSocket) {
        throw new TypeError(
            "no WebSocket class found: use Node 22 or later, or pass options.WebSocket, for example from the ws package");
    }
    return {
        token: options.token,
        prepare: options.prepare,
        reconnect: checkedPolicy("reconnect", options.reconnect ?? {}, RECONNECT),
        callTimeout: checkedTimeout(options.callTimeout ?? 30_000, "callTimeout"),
        connectTimeout: checked("connectTimeout", options.connectTimeout ?? 10_000, 1),
        WebSocket: checkedFunction("WebSocket", WebSocket),
        offlineQueue,
        heartbeat,
        patterns,
    };
}

/** Returns the URL of the server. A path, or nothing, is resolved against the page's own host. */
function checkedURL(url = "/") {
    let address;
    try {
        address = new URL(url, globalThis.location?.href);
        address.protocol = address.protocol.replace(/^http/, "ws");
    } catch {
        // The error of URL contains the whole text, which may have secrets.
    }
    if (!/^wss?:$/.test(address?.protocol)) {
        throw new TypeError("invalid URL: expected a path of the page's host, or a ws:, wss:, http: or https: URL");
    }
    address.hash = "";
    return address.href;
}

// --- Packets ---------------------------------------------------------------------------------------------------------

const CHANNEL = 2;
const CUSTOM = 4;
const RPC = 5;
const SOURCES = { 1: "broadcast", 2: "channel", 3: "unknown", 4: "custom" };

/** The ID of requests without a response. If a server responds nevertheless, as the Python package does, no call matches. */
const NO_CALL = "-";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Matches half of a surrogate pair without the other half, which UTF-8 cannot encode. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Returns the limits in a response to `__hello__`, with the standard values for absent ones. */
function limitsIn(answer) {
    const { message_size, depth, elements } = answer?.limits ?? {};
    const orStandard = (value, standard) => (Number.isFinite(value) && value > 0 ? value : standard);
    return {
        depth: orStandard(depth, DEEPEST),
        elements: orStandard(elements, MOST_ELEMENTS),
        messageSize: orStandard(message_size, Infinity),
    };
}

const overLimit = (name, value, limit, delivery = NOT_SENT) =>
    new EncodingError(`message too large: ${name} ${value}, limit ${limit}`, { code: name, limit, delivery });

/**
 * Encodes a packet as JSON, and counts its levels and elements as servers do: keys and the packet itself count (Protocol.md,
 * "Values"). Bytes become base64. Throws for values that JSON would drop, change or write as null.
 */
function encode(packet) {
    /** The containers around the current value, outermost first, and the path of keys to it. */
    const around = [];
    const path = [];
    let depth = 0;
    let elements = 0;
    const refuse = (code, reason) => {
        const place = path.slice(1, around.length + 1).join(".");
        throw new EncodingError(`cannot send ${place}: ${reason}`, { code, delivery: NOT_SENT });
    };
    const text = JSON.stringify(packet, function (key, value) {
        while (around.length && around.at(-1) !== this) around.pop();
        const isNamed = around.length > 0 && !Array.isArray(this);
        const original = this[key];
        if (value === undefined && isNamed) return undefined;
        path[around.length] = key;
        elements += isNamed ? 2 : 1;
        if (original instanceof ArrayBuffer || ArrayBuffer.isView(original)) return base64(original);
        if (isNamed && LONE_SURROGATE.test(key)) refuse("surrogate", "the key has a lone surrogate");
        if (original instanceof Date && Number.isNaN(+original)) refuse("value", "the date is invalid");
        const kind = typeof value === "object" && Object.prototype.toString.call(value).slice(8, -1);
        // JSON serialises such objects, for example `new Number(1)`, as the primitive value inside.
        if (["Number", "String", "Boolean", "BigInt"].includes(kind)) value = value.valueOf();
        const type = typeof value;
        if (type === "string" && LONE_SURROGATE.test(value)) refuse("surrogate", "the text has a lone surrogate");
        if (type === "number" && !Number.isFinite(value)) refuse("value", `${value} is not a JSON number`);
        if (type === "bigint" || type === "function" || type === "symbol") refuse("value", `JSON has no ${type}`);
        if (type !== "object" || value === null) return value;
        // JSON ignores the content of a Map, a promise and other objects without enumerable keys.
        if (kind !== "Object" && kind !== "Array" && !Object.keys(value).length) refuse("value", `JSON has no ${kind}`);
        if (around.includes(value)) refuse("value", "it contains itself");
        depth = Math.max(depth, around.push(value));
        if (depth > DEEPEST) throw overLimit("depth", depth, DEEPEST);
        return value;
    });
    return { text, depth, elements };
}

function base64(buffer) {
    const bytes = new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

const encodeNotification = (method, args) => encodeRequest(method, args, { call_id: NO_CALL, notify: true });

const encodeCustom = (data, { event } = {}) => encode({ source: CUSTOM, data, event });

function encodeRequest(method, args = [], extensions) {
    const isObject = typeof args === "object" && args !== null;
    if (!isObject || typeof args.toJSON === "function" || args instanceof ArrayBuffer || ArrayBuffer.isView(args)) {
        throw new TypeError("arguments must be an array, or an object for named arguments");
    }
    const [list, named] = Array.isArray(args) ? [args, {}] : [[], args];
    return encode({
        source: RPC,
        rpc: { type: "request", method: checkedText("method", method), args: list, kwargs: named, ...extensions },
    });
}

/** Returns the packet in a message. Throws if the message is not a packet. */
function decode(data) {
    const packet = JSON.parse(typeof data === "string" ? data : utf8.decode(data));
    const { source, rpc, channel, event } = packet;
    const isText = (value) => value === undefined || value === null || typeof value === "string";
    const isKnown = source === RPC
        ? rpc?.type === "response" && typeof rpc.call_id === "string"
        : Number.isInteger(source) && Object.hasOwn(SOURCES, source);
    const isChannel = source === CHANNEL ? typeof channel === "string" : isText(channel);
    if (!(isKnown && isText(event) && isChannel)) throw new TypeError("not a packet");
    return packet;
}

/** The date of a packet's timestamp, in seconds since 1970; undefined if it is absent or beyond the range of dates. */
function dateIn(timestamp) {
    const date = new Date(typeof timestamp === "number" ? Math.round(timestamp * 1000) : NaN);
    return Number.isNaN(+date) ? undefined : date;
}

// --- Patterns --------------------------------------------------------------------------------------------------------

const MANY = Symbol("any number of units");

/** Returns whether the units match. Takes at most `elements.length * units.length` steps. */
function matches(elements, units) {
    let element = 0;
    let unit = 0;
    let retry;
    while (unit < units.length) {
        if (elements[element] === MANY) {
            retry = { element: ++element, unit };
        } else if (element < elements.length && elements[element](units[unit])) {
            element++;
            unit++;
        } else if (retry) {
            // The last wildcard takes one more unit; earlier wildcards need not be retried.
            element = retry.element;
            unit = ++retry.unit;
        } else {
            return false;
        }
    }
    return elements.slice(element).every((rest) => rest === MANY);
}

/** The segments of a name, each with the separator in front of it. */
const segments = (name) =>
    `.${name}`.split(/(?=[./:])/).map((text, index) => [index ? text[0] : "", text.slice(1)]);

function segmentMatcher(pattern) {
    if (!pattern.includes("*")) return (name) => name === pattern;
    const elements = segments(pattern).map(([separator, text]) => text === "**"
        ? MANY
        // The first segment of a name has no separator. It may follow a `**` that matches no segments.
        : ([other, unit]) => (other === separator || other === "") && (text === "*" || unit === text));
    return (name) => matches(elements, segments(name));
}

/** Returns a matcher with the syntax of Python's fnmatch: `*`, `?`, `[a-z]`, `[!a-z]`, by Unicode scalars. */
function globMatcher(pattern) {
    const elements = [];
    // A leading `]` is a member of the set; a `[` without a closing bracket matches itself.
    for (const [token] of pattern.matchAll(/\[(?=(!?\]?))\1[^\]]*\]|./gsu)) {
        if (token === "*") elements.push(MANY);
        else if (token === "?") elements.push(() => true);
        else if (token.length > 1 && token[0] === "[") elements.push(setMatcher(token.slice(1, -1)));
        else elements.push((unit) => unit === token);
    }
    return (name) => matches(elements, [...name]);
}

function setMatcher(text) {
    const isNegated = text[0] === "!";
    const ranges = [...text.slice(isNegated).matchAll(/(.)-(.)|./gsu)].map(([all, low, high]) => [low ?? all, high ?? all]
        .map((scalar) => scalar.codePointAt()));
    return (unit) => ranges.some(([low, high]) => low <= unit.codePointAt() && unit.codePointAt() <= high) !== isNegated;
}

const SYNTAXES = { segments: segmentMatcher, globs: globMatcher };

// --- Pauses between attempts -----------------------------------------------------------------------------------------

// The outlook after the end of a connection: the minimum pause before the next attempt (`least`), and whether other clients
// got the same advice (`isShared`). Shared advice is followed by the client's own random pause. Null if the next connection
// would end in the same way (Protocol.md, "Reconnection").
const MAY_HEAL = { least: 0, isShared: true };

/** The advice in the reason of a close frame: a number of seconds, "never", or undefined if there is none. */
const adviceIn = (reason) => /; retry-after=(never|\d{1,6}(\.\d{1,3})?)$/.exec(reason)?.[1];

function closureOutlook({ code, reason }) {
    const advice = adviceIn(reason);
    if (advice === "never") return null;
    const least = Math.round(advice * 1000);
    if (least <= LONGEST_ADVICE) return { least, isShared: false };
    const isFinal = FINAL_CLOSURES.includes(code) || FINAL_RANGES.some(([low, high]) => code >= low && code <= high);
    return isFinal ? null : MAY_HEAL;
}

/** Returns the outlook after an error while a connection was opened and prepared. */
function errorOutlook(error) {
    // An https: page that requests ws:, or a token that cannot be encoded.
    if (error.name === "SecurityError" || error instanceof EncodingError) return null;
    if (error instanceof ConnectionError && error.code) return closureOutlook(error);
    if (!(error instanceof RPCError)) return MAY_HEAL;
    if (!passesByItself(error)) return null;
    const isShared = error.code !== SHUTTING_DOWN;
    return { least: error.retryAfter ?? (error.code === RATE_LIMITED ? 1000 : 0), isShared };
}

const passesByItself = ({ code }) =>
    [RATE_LIMITED, OVERLOADED, INTERNAL_ERROR, CANCELLED, DEADLINE_EXCEEDED, SHUTTING_DOWN].includes(code);

/** Returns whether a request that ended with the error may have taken effect on the server. */
const mayHaveRun = ({ delivery, code }) => delivery === MAYBE_EXECUTED
    || [INTERNAL_ERROR, CANCELLED, DEADLINE_EXCEEDED, REPLY_TOO_LARGE].includes(code);

/** Returns a random part of a time that doubles with each consecutive failure. */
const randomPause = ({ base, cap }, failures) => Math.min(cap, base * 2 ** Math.max(failures - 1, 0)) * Math.random();

/**
 * How long before the expiry the renewal of an admission begins at the latest, in milliseconds: enough for a token and a
 * response that take 10 s each, and for several retries. For lifetimes below four minutes, it is a quarter of the lifetime.
 */
const RENEWAL_MARGIN = 60_000;

/** The pauses before attempts to connect: random, and longer if the server advises so, but never shorter. */
class Backoff {
    #reconnect;
    #policy;
    /** The number of consecutive failures, which determines the pauses. */
    #failures = 0;
    /** The failures that count against the policy's attempts. Reset by the first connection, which changes the policy. */
    #counted = 0;
    #hasBeenOpen = false;

    constructor(reconnect) {
        this.#reconnect = reconnect;
    }

    /** @param policy the policy for attempts up to the first connection */
    begin(policy) {
        this.#policy = policy;
        this.#failures = this.#counted = 0;
        this.#hasBeenOpen = false;
    }

    set policy(policy) {
        if (!this.#hasBeenOpen) this.#policy = policy;
    }

    get attempt() {
        return this.#failures + 1;
    }

    opened() {
        if (!this.#hasBeenOpen) this.#counted = 0;
        this.#hasBeenOpen = true;
        this.#policy = this.#reconnect;
    }

    failed() {
        this.#failures++;
        this.#counted++;
    }

    /** @param duration how long the connection was open, in milliseconds; a short connection counts as a failure */
    ended(duration) {
        if (duration >= this.#reconnect.healthyAfter) this.#failures = this.#counted = 0;
        else this.failed();
    }

    /** Returns the milliseconds until the next attempt; undefined if there is none. */
    delay(outlook) {
        if (!outlook || this.#counted >= this.#policy.attempts) return undefined;
        const pause = randomPause(this.#policy, this.#failures);
        return outlook.isShared ? outlook.least + pause : Math.max(outlook.least, pause);
    }
}

// --- Outgoing messages -----------------------------------------------------------------------------------------------

/** A message to send. */
class Outgoing {
    /** How often a message may be sent again. It is bounded because the message itself may end the connections. */
    static #mostRevivals = 5;

    static #last = 0;

    /** The position in the order of creation, which is the order in which messages are sent. */
    place = ++Outgoing.#last;
    /** Whether it was sent on the current connection. */
    isSent = false;
    #revivals = 0;
    #bytes;
    stopClock;
    /** The error of a server that refused it during a shutdown. */
    refusal;
    /** When its time to live ends, by `performance.now()`. It is set when the message first waits for a connection. */
    end;

    /**
     * @param encoded the JSON text, its depth and its number of elements
     * @param settle called without an argument when the message was handed to a connection, and otherwise with the error
     * @param link the only connection that may send it; undefined for any
     */
    constructor(encoded, settle, { link, isRepeatable = false, timeToLive } = {}) {
        Object.assign(this, encoded, { settle, link, isRepeatable, timeToLive });
    }

    /** Its size in UTF-8. */
    get bytes() {
        return this.#bytes ??= new TextEncoder().encode(this.text).length;
    }

    /** Whether the server may have received it. */
    get delivery() {
        return this.isSent || this.#revivals ? MAYBE_EXECUTED : NOT_SENT;
    }

    /** Returns the error if the message exceeds the limits; otherwise undefined. */
    excess(limits) {
        // A UTF-16 code unit takes at most 3 bytes, so the size of short texts need not be computed.
        const messageSize = this.text.length > limits.messageSize / 3 ? this.bytes : 0;
        const actual = { depth: this.depth, elements: this.elements, messageSize };
        const name = Object.keys(actual).find((name) => actual[name] > limits[name]);
        return name && overLimit(name, actual[name], limits[name], this.delivery);
    }

    /**
     * Marks the message for the next connection, if it may be sent again.
     * @returns whether it may be sent again
     */
    revive() {
        if (!this.isRepeatable || this.link || this.#revivals >= Outgoing.#mostRevivals) return false;
        this.#revivals++;
        this.isSent = false;
        return true;
    }
}

/**
 * Runs the action after all data that has already arrived is read. Node reads up to 2 MiB of a socket per turn of its event
 * loop. Browsers do not signal that they have delivered everything; after a suspension they need a few milliseconds.
 */
function afterArrivals(action, turns = 4) {
    if (!globalThis.setImmediate) setTimeout(action, 20);
    else setImmediate(turns > 1 ? () => afterArrivals(action, turns - 1) : action);
}

/**
 * Starts a timer for a timeout. After a suspension of the program, a timer may be overdue although the awaited data has
 * arrived, so the action runs only after this data is read.
 * @returns a function that stops the timer
 */
function startTimer(time, action) {
    let isRunning = true;
    const timer = setTimeout(() => afterArrivals(() => isRunning && action()), time);
    return () => {
        isRunning = false;
        clearTimeout(timer);
    };
}

/** A first-in, first-out queue with constant-time operations. The `shift` of a large array moves all elements. */
class Queue {
    #items = [];
    #taken = 0;

    get length() {
        return this.#items.length - this.#taken;
    }

    push(item) {
        this.#items.push(item);
    }

    shift() {
        const item = this.#items[this.#taken];
        this.#items[this.#taken++] = undefined;
        if (this.#taken * 2 >= this.#items.length) {
            this.#items = this.#items.slice(this.#taken);
            this.#taken = 0;
        }
        return item;
    }
}

/** Unsent messages in order, bounded while there is no connection. */
class OfflineQueue {
    #limits;
    #items = new Set();
    #bytes = 0;

    constructor(limits) {
        this.#limits = limits;
    }

    get items() {
        return this.#items.size;
    }

    get bytes() {
        return this.#bytes;
    }

    /** Iterates from the oldest to the newest; items may be removed during iteration. */
    [Symbol.iterator]() {
        return this.#items.values();
    }

    add(item) {
        this.#items.add(item);
        this.#bytes += item.bytes;
    }

    /** @returns whether the item was in the queue */
    remove(item) {
        item.stopClock?.();
        const wasThere = this.#items.delete(item);
        if (wasThere) this.#bytes -= item.bytes;
        return wasThere;
    }

    /** Removes and returns all items. */
    takeAll() {
        return [...this.#items].filter((item) => this.remove(item));
    }

    /** Adds a message that waits for a connection, or rejects it if the queue is full. */
    keep(item) {
        const { items, bytes, timeToLive } = this.#limits;
        if (!items) return item.settle(notConnected("there is no connection", item.delivery));
        this.add(item);
        if (this.items > items || this.#bytes > bytes) {
            this.remove(item);
            const message = `the offline queue is full (limits: ${items} messages, ${bytes} bytes)`;
            return item.settle(new QueueFullError(message, { delivery: item.delivery }));
        }
        const time = item.timeToLive ?? timeToLive;
        item.end ??= performance.now() + time;
        item.stopClock = startTimer(item.end - performance.now(), () => {
            this.remove(item);
            item.settle(notConnected(`no connection within ${time} ms`, item.delivery));
        });
    }

    /** Stops the timers of all messages: there is a connection, and they now wait only for its buffer. */
    stopClocks() {
        for (const item of this.#items) item.stopClock?.();
    }
}

// --- Pending requests ------------------------------------------------------------------------------------------------

/** All requests that wait for a response, by ID. */
class Requests {
    #byID = new Map();
    #last = 0;

    /** @param transport has `send(item)`, `takeBack(item)`, `order(method, args)`, `leave(error)` and `hold(item, error)` */
    constructor(transport) {
        this.transport = transport;
    }

    add(request) {
        this.#byID.set(request.id, request);
    }

    remove(request) {
        this.#byID.delete(request.id);
    }

    nextID() {
        return String(++this.#last);
    }

    answer(response) {
        this.#byID.get(response.call_id)?.answer(response);
    }

    /** Whether requests are pending on the current connection. */
    get areDue() {
        return this.#due.length > 0;
    }

    /** Whether calls are pending on the current connection; streams do not count. */
    get areCallsDue() {
        return this.#due.some(({ isCall }) => isCall);
    }

    get #due() {
        return [...this.#byID.values()].filter(({ item }) => item.isSent);
    }

    /**
     * Ends the requests that were sent on a connection that has ended.
     * @returns the messages that may be sent again
     */
    lose(error, mayRepeat) {
        const repeated = [];
        for (const request of [...this.#byID.values()]) {
            const { item } = request;
            if (!item.isSent) continue;
            if (mayRepeat && item.revive()) repeated.push(item);
            else request.end(error);
        }
        return repeated;
    }
}

/** The common part of a call and a stream: one request, which a timeout or a signal may end before its response. */
class Request {
    #requests;
    #signal;
    #stopTimer;
    #stop;

    /** Checks and encodes the request. Nothing is sent before `start`. */
    constructor(requests, method, args, { timeout, signal, idempotent, link, credit }) {
        this.#requests = requests;
        this.#signal = signal;
        this.timeout = checkedTimeout(timeout);
        if (signal) checkedFunction("signal.addEventListener", signal.addEventListener);
        this.id = requests.nextID();
        const extensions = { call_id: this.id, timeout: timeout === Infinity ? undefined : timeout / 1000, credit };
        const settle = (error) => error && this.end(error);
        this.item = new Outgoing(encodeRequest(method, args, extensions), settle, { link, isRepeatable: idempotent });
    }

    start() {
        if (this.#signal?.aborted) return this.settle(this.#signal.reason);
        if (this.timeout !== Infinity) {
            this.#stopTimer = startTimer(this.timeout, () => {
                const delivery = this.abort();
                this.end(new TimeoutError(`no response within ${this.timeout} ms`, { delivery }));
            });
        }
        this.#stop = () => {
            this.abort();
            this.discard();
            this.end(this.#signal.reason);
        };
        this.#signal?.addEventListener("abort", this.#stop);
        this.#requests.add(this);
        this.#requests.transport.send(this.item);
    }

    /**
     * Removes the request from the queue, or makes the server cancel it.
     * @returns the request's `delivery`
     */
    abort() {
        if (this.item.isSent) this.order(ABORT, [this.id]);
        else this.#requests.transport.takeBack(this.item);
        return this.item.delivery;
    }

    order(method, args) {
        this.#requests.transport.order(method, args);
    }

    /** Drops received elements that the consumer has not taken. */
    discard() {}

    /** Ends the request with an error or a result. */
    end(error, result) {
        this.#stopTimer?.();
        this.#signal?.removeEventListener("abort", this.#stop);
        this.#requests.remove(this);
        this.settle(error, result);
    }

    /** Ends the request with the error in its response. A call that was refused because of a shutdown is kept. */
    fail(error) {
        const { transport } = this.#requests;
        if (error.code === SHUTTING_DOWN) {
            transport.leave(error);
            if (this.isCall) {
                this.item.isSent = false;
                return transport.hold(this.item, error);
            }
        }
        const isLate = error.code === DEADLINE_EXCEEDED && this.timeout !== Infinity;
        this.end(isLate ? new TimeoutError(error.message, { delivery: MAYBE_EXECUTED }) : error);
    }
}

/** A call, which has one response. */
class Call extends Request {
    isCall = true;
    #answered;
    promise = new Promise((resolve, reject) => {
        this.settle = (error, result) => (error === undefined ? resolve(result) : reject(error));
    });

    /** @param options also has `answered`, which is called with the result before any other message is processed */
    constructor(requests, method, args, options) {
        super(requests, method, args, options);
        this.#answered = options.answered;
    }

    answer(response) {
        const error = errorIn(response);
        if (error) return this.fail(error);
        if (!response.is_stream) {
            const result = response.response ?? null;
            this.end(undefined, result);
            this.#answered?.(result);
            return;
        }
        if (!response.is_end) this.abort();
        this.end(new WebshocketError("the method streams; call it with streamRPC()"));
    }
}

/** A stream's request, with the received elements that were not taken and the pending calls of `next`. */
class StreamRequest extends Request {
    /** If the server ignores credit, a stream buffers at most 8 times its credit, or 8 times this number if it is larger. */
    static #leastWindow = 1024;

    #credit;
    #elements = new Queue();
    /** The number of elements taken since credit was last granted. */
    #taken = 0;
    #waiting = new Queue();
    /** Set when the stream has ended: `{ error }`. Its error is thrown once. */
    #ending;

    constructor(requests, method, args, options) {
        super(requests, method, args, options);
        this.#credit = options.credit;
    }

    get hasEnded() {
        return this.#ending !== undefined;
    }

    answer(response) {
        const error = errorIn(response);
        if (error) return this.fail(error);
        if (!response.is_stream) return this.end(new WebshocketError("the method does not stream; call it with sendRPC()"));
        if (response.is_end) return this.end();
        this.#elements.push(response.response ?? null);
        this.#serve();
        const most = 8 * Math.max(this.#credit, StreamRequest.#leastWindow);
        if (this.#elements.length < most) return;
        const message = `the server ignores credit, and ${most} elements wait for the consumer`;
        this.end(new QueueFullError(message, { delivery: this.abort() }));
    }

    settle(error) {
        this.#ending ??= { error };
        this.#serve();
    }

    next() {
        return new Promise((resolve, reject) => {
            this.#waiting.push({ resolve, reject });
            this.#serve();
        });
    }

    /** Ends the stream because its consumer has stopped. */
    leave() {
        if (!this.hasEnded) {
            this.abort();
            this.end();
        }
        this.discard();
        this.#ending = {};
    }

    discard() {
        this.#elements = new Queue();
    }

    #serve() {
        while (this.#waiting.length && this.#elements.length) {
            this.#waiting.shift().resolve({ done: false, value: this.#elements.shift() });
            this.#grant();
        }
        if (!this.#ending) return;
        while (this.#waiting.length) {
            const { resolve, reject } = this.#waiting.shift();
            const { error } = this.#ending;
            this.#ending = {};
            if (error === undefined) resolve({ done: true, value: undefined });
            else reject(error);
        }
    }

    #grant() {
        if (this.hasEnded || ++this.#taken < this.#credit / 2) return;
        this.order(CREDIT, [this.id, this.#taken]);
        this.#taken = 0;
    }
}

/** The stream that `client.streamRPC()` returns. Nothing is sent before the first call of `next`. */
class Stream {
    #request;
    #hasStarted = false;

    constructor(request) {
        this.#request = request;
    }

    next() {
        if (!this.#hasStarted) {
            this.#hasStarted = true;
            this.#request.start();
        }
        return this.#request.next();
    }

    async return(value) {
        if (this.#hasStarted) this.#request.leave();
        else this.#request.settle();
        this.#hasStarted = true;
        return { done: true, value };
    }

    async throw(error) {
        await this.return();
        throw error;
    }

    [Symbol.asyncIterator]() {
        return this;
    }
}

// --- Listeners -------------------------------------------------------------------------------------------------------

/** Listeners by event name. An error of a listener is reported, and does not affect other listeners. */
class Listeners {
    #byName = new Map();
    #report;

    constructor(report) {
        this.#report = report;
    }

    /** @returns a function that removes the listener */
    on(name, listener) {
        checkedFunction(`the listener for ${name}`, listener);
        const listeners = this.#byName.get(name) ?? new Set();
        const entry = { listener };
        this.#byName.set(name, listeners.add(entry));
        return () => {
            listeners.delete(entry);
        };
    }

    has(name) {
        return this.#byName.get(name)?.size > 0;
    }

    emit(name, ...values) {
        // If an error listener throws, no other listener can handle its error.
        const report = name === "error" ? reportGlobally : this.#report;
        for (const entry of [...this.#byName.get(name) ?? []]) {
            try {
                const result = entry.listener(...values);
                if (typeof result?.then === "function") result.then(undefined, report);
            } catch (error) {
                report(error);
            }
        }
    }
}

/** Reports an error that has no listener. */
const reportGlobally = (error) => (globalThis.reportError ?? console.error)(error);

// --- Subscriptions and rooms -----------------------------------------------------------------------------------------

/**
 * A pattern or a room. It is requested once, however many declarations there are, and again on each later connection.
 *
 * The client wants it from the first declaration until the last one is withdrawn. The server has granted it or not. If these
 * two states differ, one request is in flight: to subscribe or join (`#asking`), or to unsubscribe or leave (`#leaving`).
 */
class Interest {
    /** Whether the server has granted it, on this connection or an earlier one. */
    isGranted = false;
    /** The declarations: each has the `listeners` for its end, and `resolve` and `reject` while it waits. */
    wants = new Set();
    /** The error with which declarations were last dropped. */
    ending;
    /** A promise while a subclass checks whether the grant is still valid; declarations wait for it. */
    checking;
    #asking;
    /** The request to unsubscribe or leave, and a promise of its outcome. */
    #yielding;
    #leaving;

    /** @param host the part of the client that interests use */
    constructor(host, name, ask, giveUp) {
        Object.assign(this, { host, name, ask, giveUp });
    }

    get isWanted() {
        return this.wants.size > 0;
    }

    /** Called before it is requested. */
    begin() {}

    /** @param isAgain whether it was granted on an earlier connection */
    granted(answer, isAgain) {}

    /** Adds a declaration. Resolves when it is granted; otherwise the declaration is withdrawn, and the promise rejects. */
    async declare(want, { signal, timeout = this.host.timeout() } = {}) {
        const late = () =>
            new TimeoutError(`no response within ${timeout} ms`, { delivery: this.#asking?.item.delivery ?? NOT_SENT });
        try {
            checkedTimeout(timeout);
            signal?.throwIfAborted();
            const granted = new Promise((resolve, reject) => this.wants.add(Object.assign(want, { resolve, reject })));
            this.settle();
            if (this.isGranted) want.resolve();
            await within(timeout === Infinity ? 0 : timeout, signal, granted.then(() => this.checking), late);
        } catch (error) {
            this.withdraw(want);
            throw error;
        }
    }

    /** Ends a declaration. If it was the last one, the promise resolves when the client has unsubscribed or left. */
    withdraw(want) {
        this.wants.delete(want);
        return this.settle();
    }

    /**
     * Brings the server's state in line with the client's. Only one request is in flight at a time, so that none overtakes
     * another.
     * @returns a promise while a request to unsubscribe or leave is in flight
     */
    settle() {
        if (this.isWanted) {
            if (!this.isGranted && !this.#asking && !this.#leaving) this.#ask();
        } else {
            if (this.isGranted) this.#leave();
            else if (this.#asking) this.#abandon();
            if (!this.#leaving) this.host.forget(this);
        }
        return this.#leaving;
    }

    async #ask() {
        this.begin();
        const asked = [...this.wants];
        const answered = (answer) => {
            this.#asking = undefined;
            this.isGranted = true;
            this.granted(answer, false);
            this.#resolveAll();
        };
        let request;
        try {
            const options = { timeout: Infinity, idempotent: true, answered };
            request = this.#asking = this.host.request(this.ask, [this.name], options);
            await request.promise;
        } catch (error) {
            // The request was abandoned.
            if (this.#asking !== request) return;
            this.#asking = undefined;
            // A response applies to all declarations. A timeout in the queue does not: later ones may wait longer.
            this.drop(error, error instanceof RPCError ? this.wants : asked);
            if (request && mayHaveRun(error)) this.#compensate(request);
            this.settle();
        }
    }

    /** Resolves the declarations. There are none if the room ended with the response. */
    #resolveAll() {
        for (const { resolve } of this.wants) resolve();
    }

    /** Abandons the request to subscribe or join. */
    #abandon() {
        const request = this.#asking;
        this.#asking = undefined;
        request.abort();
        this.#compensate(request);
        request.end(new WebshocketError("abandoned"));
    }

    /** Undoes the effect that a request may have had on the current connection, unless the name is still wanted. */
    #compensate({ item }) {
        if (item.isSent && !this.isWanted) this.host.compensate(this);
    }

    #leave() {
        this.isGranted = false;
        // Without a connection there is no subscription or membership to end.
        if (!this.host.isOpen()) return;
        this.#leaving = this.#requestLeave().finally(() => {
            this.#leaving = undefined;
            // If the server has refused, the caller may retry.
            if (this.isGranted) this.#resolveAll();
            else this.settle();
        });
        this.#leaving.catch(() => {});
    }

    async #requestLeave() {
        try {
            this.#yielding = this.host.request(this.giveUp, [[this.name]]);
            await this.#yielding.promise;
        } catch (error) {
            if (error instanceof ConnectionError) return;
            this.isGranted = error instanceof RPCError && !mayHaveRun(error);
            if (!this.isGranted && !this.isWanted) this.host.compensate(this);
            throw error;
        }
    }

    /** Ends declarations; pending ones reject. */
    drop(error, wants = this.wants) {
        this.ending = error;
        for (const want of wants) {
            this.wants.delete(want);
            want.reject(error);
        }
    }

    /** Ends all declarations because the server has withdrawn its grant. */
    refuse(error) {
        const all = new Set([...this.wants].map(({ listeners }) => listeners));
        this.isGranted = false;
        this.drop(error);
        this.settle();
        for (const listeners of all) listeners.emit("ended", error);
    }

    /** Called on a new connection, where nothing is granted yet. */
    reconnected() {
        this.begin();
        if (this.#leaving) {
            // The request is still queued; on a new connection there is nothing to end.
            this.#yielding.abort();
            this.#yielding.end(notConnected("the connection has ended"));
        }
        // Granted, but not wanted: the server had refused to end it.
        if (this.isWanted || !this.isGranted) return;
        this.isGranted = false;
        this.host.forget(this);
    }
}

/** A channel or a pattern, and the handlers of its messages. */
class Topic extends Interest {
    constructor(host, name, matches) {
        super(host, name, SUBSCRIBE, UNSUBSCRIBE);
        this.matches = matches;
    }

    receive(message) {
        // A handler may end other subscriptions.
        for (const want of [...this.wants]) if (this.wants.has(want)) want.listeners.emit("message", message);
    }
}

/** The names of a room's own events. Messages that are published under these names do not trigger them. */
const OWN_EVENTS = ["join", "leave", "message", "ended"];

/** A room and its members. */
class RoomInterest extends Interest {
    /** The most messages that are kept until the list of members has arrived and listeners can be added. */
    static #mostHeld = 10_000;
    /** The most members of a room that the client keeps. */
    static #mostMembers = 100_000;

    isRoom = true;
    #listeners;
    /** One declaration for all joins that have resolved, so that repeated joins take no more memory. */
    #joined;
    /** The members by ID, in the order in which they joined. */
    #members = new Map();
    /** The cached array of members; undefined after a change. */
    #list;
    /** The connection's ID; undefined if the server does not announce members. */
    #ownID;
    /** Whether the server has marked the client's own entry. Older servers do not; then `#ownID` is a guess. */
    #isMarked = false;
    #isListed = false;
    /** Joins and leaves that arrived before the list of members. */
    #early = [];
    /** Messages that arrive before listeners can be added; undefined once they can. */
    #held;

    constructor(host, name) {
        super(host, name, JOIN, LEAVE);
        this.#listeners = new Listeners(host.report);
        this.room = new Room(this, this.#listeners);
    }

    get members() {
        return this.#list ??= [...this.#members.values()];
    }

    async join(options) {
        const want = { listeners: this.#listeners };
        await this.declare(want, options);
        // The room may have ended after the response, in the same turn of the event loop.
        if (!this.wants.delete(want)) throw this.ending;
        this.wants.add(this.#joined ??= want);
        return this.room;
    }

    async leave() {
        if (this.isWanted) this.drop(new WebshocketError(`the client has left room '${this.name}'`));
        await this.settle();
    }

    begin() {
        this.#isListed = false;
        this.#early = [];
    }

    granted(answer, isAgain) {
        const former = this.#members;
        const members = Array.isArray(answer) ? answer.filter(isMember) : [];
        this.#members = new Map(members.map((member) => [member.id, member]));
        this.#list = undefined;
        const own = members.find(({ you }) => you);
        this.#isMarked = own !== undefined;
        // Without a mark, assume the last member. This is wrong if the server's code had joined this client before.
        this.#ownID = (own ?? members.at(-1))?.id;
        this.#isListed = true;
        if (isAgain) {
            const tell = (event, members, others) => {
                for (const [id, member] of members) if (!others.has(id)) this.#listeners.emit(event, member);
            };
            tell("leave", former, this.#members);
            tell("join", this.#members, former);
        }
        for (const message of this.#early.splice(0)) this.#tell(message);
        if (members.length && !this.#members.has(this.#ownID)) {
            // The server may have removed the client before or after its own request to join.
            if (this.#isMarked) this.host.compensate(this);
            this.#wasRemoved();
        }
        // Node delivers all received messages in one turn, so the caller of `join` could not add listeners in time.
        if (isAgain) return;
        this.#held ??= [];
        setTimeout(() => this.#release());
    }

    receive(message) {
        const { data } = message;
        if (isChange(message)) {
            if (!isMember(data)) return;
            if (!this.#isListed) {
                if (this.#early.push(message) > RoomInterest.#mostHeld) this.#refuseFlood();
                return;
            }
            if (this.isGranted && message.event === LEAVE && data.id === this.#ownID) {
                this.#release();
                this.#tell(message);
                return this.#wasRemoved();
            }
        }
        if (!this.#held) this.#tell(message);
        else if (this.#held.push(message) >= RoomInterest.#mostHeld) this.#release();
    }

    #release() {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const message of held) this.#tell(message);
    }

    #tell(message) {
        const { event, data } = message;
        if (isChange(message)) return this.#change(event === JOIN, data);
        this.#listeners.emit("message", message);
        if (event && !OWN_EVENTS.includes(event)) this.#listeners.emit(event, message);
    }

    #change(isJoin, member) {
        const wasThere = this.#members.delete(member.id);
        const isMarked = this.#isMarked && member.id === this.#ownID;
        if (isJoin) this.#members.set(member.id, isMarked ? { ...member, you: true } : member);
        if (isJoin || wasThere) this.#list = undefined;
        if (this.#members.size > RoomInterest.#mostMembers) {
            this.#members.delete(member.id);
            return this.#refuseFlood();
        }
        if (isJoin !== wasThere) this.#listeners.emit(isJoin ? "join" : "leave", member);
    }

    /** Ends the connection; the next one may reach a server that respects the limits. */
    #refuseFlood() {
        this.#early = [];
        this.host.end(`room ${this.name} exceeds the client's limit on members or changes`);
    }

    /** The server has announced that the client, or the member that is assumed to be this client, has left. */
    #wasRemoved() {
        if (this.#isMarked) {
            this.refuse(new RPCError(`the server removed the client from room '${this.name}'`, { code: ACCESS_DENIED }));
        } else this.checking ??= this.#check();
    }

    /** Checks whether the client is still a member: otherwise the server refuses to list the members. */
    async #check() {
        try {
            await this.host.request(MEMBERS, [this.name]).promise;
        } catch (error) {
            if (error instanceof RPCError && !passesByItself(error) && this.isGranted) this.refuse(error);
        } finally {
            this.checking = undefined;
        }
    }
}

const isMember = (value) => Number.isInteger(value?.id);

const isChange = ({ event }) => event === JOIN || event === LEAVE;

/** The room that `client.join()` returns. */
class Room {
    #interest;
    #listeners;

    constructor(interest, listeners) {
        this.#interest = interest;
        this.#listeners = listeners;
    }

    get name() {
        return this.#interest.name;
    }

    get members() {
        return this.#interest.members;
    }

    on(name, listener) {
        return this.#listeners.on(name, listener);
    }

    async publish(data, options) {
        if (!this.#interest.isWanted) throw this.#interest.ending;
        await this.#interest.host.publish(this.name, data, options);
    }

    async leave() {
        await this.#interest.leave();
    }
}

// --- One connection --------------------------------------------------------------------------------------------------

/** One WebSocket, from the attempt to open it to its end, and the heartbeat that detects a lost server. */
class Link {
    /** How long a server may take to end the connection during its shutdown, and how often this is extended for calls. */
    static #longestFarewell = 15_000;
    static #mostExtensions = 3;
    /** The high-water mark of the socket's buffer. Above it, messages wait in the queue, where they are known to be unsent. */
    static #mostUnsent = 262_144;

    /** Settles when the connection is open, or could not be opened. */
    opened;
    /** Settles when the connection has ended. */
    closed;
    #socket;
    #tell;
    /** The server's limits on messages. */
    limits = STANDARD_LIMITS;
    /** The error of a server that accepts no more calls because it shuts down; otherwise undefined. */
    leaving;
    /** The earliest time to reconnect after a shutdown of the server, by `performance.now()`. */
    backAt = 0;
    /** An object that identifies the current admission; replaced with each renewal. */
    admission;
    #timers = new Set();
    /** When the last message arrived. */
    #heardAt;
    /** When the server last gave a sign of life, by both clocks. Only the date advances while a computer sleeps. */
    #aliveAt;
    #aliveOn;
    /** The arguments of `watch`. */
    #pulse;
    #stopBeat;
    /** When the last ping was sent, and how many bytes were unsent then. */
    #askedAt = -Infinity;
    #unsent;
    /** Whether the timeout was extended once. */
    #isExtended = false;
    /** Whether the silence was so long that the connection may be lost. Then nothing is sent until a sign of life. */
    #isInDoubt = false;
    /** Whether a ping was sent to get that sign. */
    #isAsked;
    #draining;
    #isOver = false;

    /** @param tell has `received(data)`, `ended(closure)` and `drained()` */
    constructor(WebSocket, url, tell) {
        this.#tell = tell;
        const socket = this.#socket = new WebSocket(url);
        socket.binaryType = "arraybuffer";
        this.closed = new Promise((resolve) => {
            this.opened = new Promise((opened, failed) => {
                socket.onopen = () => opened();
                socket.onclose = ({ code, reason }) => {
                    const closure = { code, reason: reason ?? "" };
                    resolve();
                    failed(lost(closure, NOT_SENT));
                    this.end(closure);
                };
                // If a connection cannot be opened, Node 22 emits only this event.
                socket.onerror = () => setTimeout(() => socket.onclose({ code: 1006 }));
            });
        });
        this.opened.catch(() => {});
        socket.onmessage = ({ data }) => {
            this.#doubt();
            // A message that had arrived before the ping does not prove that the server is alive now.
            const isSign = this.#isInDoubt && this.#isAsked;
            if (isSign) this.#isInDoubt = false;
            this.#hear();
            if (!this.#isOver) tell.received(data);
            if (isSign) tell.drained();
        };
    }

    get isOpen() {
        return !this.#isOver && this.#socket.readyState === 1;
    }

    /** Whether more may be sent now. If only the buffer is full, `drained` is called when this may have changed. */
    get isReady() {
        this.#doubt();
        if (!this.isOpen || this.#isInDoubt || this.leaving) return false;
        if (this.#socket.bufferedAmount <= Link.#mostUnsent) return true;
        this.#draining ??= this.#after(20, () => {
            this.#draining = undefined;
            this.#tell.drained();
        });
        return false;
    }

    /** @returns whether the text was handed to the system */
    send(text) {
        if (!this.isOpen) return false;
        this.#socket.send(text);
        return true;
    }

    /** Settles after the time, or when the connection ends. The time may exceed the longest delay of a timer. */
    async sleep(time) {
        for (; time > 0 && !this.#isOver; time -= LONGEST) {
            await new Promise((resolve) => this.#after(Math.min(time, LONGEST), resolve, resolve));
        }
    }

    /**
     * Starts the heartbeat: it sends a ping after each silence. Any message is a sign of life.
     * @param isAwaited returns whether a response is pending
     */
    watch({ interval, timeout }, ping, isAwaited) {
        this.#pulse = { interval, timeout, ping, isAwaited };
        this.#hear();
        this.#beatIn(interval);
    }

    #hear() {
        this.#heardAt = performance.now();
        this.#noteLife();
    }

    #noteLife() {
        this.#aliveAt = performance.now();
        this.#aliveOn = Date.now();
    }

    #beatIn(time) {
        this.#stopBeat?.();
        this.#stopBeat = this.#after(time, () => this.#beat());
    }

    #beat() {
        const { interval, timeout, isAwaited } = this.#pulse;
        const left = this.#socket.bufferedAmount;
        const isSilent = this.#heardAt < this.#askedAt;
        // A large message in transit precedes the ping.
        if (left > 0 && left < this.#unsent) {
            this.#noteLife();
        } else if (isSilent) {
            // The timer is so late that a sign of life may not have been read yet.
            this.#doubt(timeout);
            if (this.#isInDoubt && !this.#isAsked) return;
            if (this.#isExtended || !isAwaited()) return this.end({ code: 1006, reason: "No sign of life from the server" });
            // A large response may be in transit: a WebSocket does not report partial messages.
            this.#isExtended = true;
            return this.#beatIn(timeout);
        }
        if (!isSilent) this.#isExtended = false;
        const rest = this.#heardAt + interval - performance.now();
        if (rest > 0) this.#beatIn(rest);
        else this.#ask(isSilent);
    }

    /** @param isAsked whether a ping is already in flight */
    #ask(isAsked) {
        if (!isAsked) this.#pulse.ping();
        this.#askedAt = performance.now();
        this.#unsent = this.#socket.bufferedAmount;
        this.#beatIn(this.#pulse.timeout);
    }

    /**
     * Sends a ping after a silence longer than the heartbeat allows, for example after a suspension. Received data is read
     * first.
     * @param slack additional milliseconds of allowed silence
     */
    #doubt(slack = 0) {
        if (!this.#pulse || this.#isInDoubt) return;
        const { interval, timeout } = this.#pulse;
        const silence = Math.max(performance.now() - this.#aliveAt, Date.now() - this.#aliveOn);
        if (silence <= interval + (this.#isExtended ? 2 : 1) * timeout + slack) return;
        this.#isInDoubt = true;
        this.#isAsked = false;
        afterArrivals(() => {
            if (!this.isOpen) return;
            this.#isAsked = true;
            this.#ask(false);
        });
    }

    /**
     * Holds all messages because the server is shutting down. The server should end the connection. If it does not, the
     * client ends it after 15 s, or after up to a minute if calls are pending.
     */
    leave(error, isAwaited) {
        this.backAt = Math.max(this.backAt, performance.now() + (error.retryAfter ?? 0));
        if (this.leaving) return;
        this.leaving = error;
        const check = (extensions) => this.#after(Link.#longestFarewell, () => {
            if (extensions && isAwaited()) check(extensions - 1);
            else this.end({ code: 1006, reason: "The server is shutting down" });
        });
        check(Link.#mostExtensions);
    }

    /** Closes the connection without notifying its owner. Settles when the server has answered, or after 5 s. */
    async close(code) {
        const hasPeer = this.isOpen;
        this.#isOver = true;
        this.#stopTimers();
        this.#socket.close(code);
        if (!hasPeer) return;
        let timer;
        await Promise.race([this.closed, new Promise((resolve) => (timer = setTimeout(resolve, 5000)))]);
        clearTimeout(timer);
    }

    end(closure) {
        if (this.#isOver) return;
        this.#isOver = true;
        this.#stopTimers();
        // A lost server does not answer the close frame, so the client does not wait.
        this.#socket.close();
        this.#tell.ended(closure);
    }

    /** @returns a function that stops the timer */
    #after(time, action, stopped) {
        const timer = { stopped };
        const stop = timer.stop = startTimer(time, () => {
            this.#timers.delete(timer);
            action();
        });
        this.#timers.add(timer);
        return () => {
            stop();
            this.#timers.delete(timer);
        };
    }

    #stopTimers() {
        for (const { stop, stopped } of this.#timers) {
            stop();
            stopped?.();
        }
        this.#timers.clear();
    }
}

/**
 * Waits for the promise, until the time is up or the signal aborts.
 * @param time in milliseconds; 0 for no timeout
 * @param late returns the error for a timeout
 */
function within(time, signal, promise, late) {
    return new Promise((resolve, reject) => {
        const stop = () => settle(reject, signal.reason);
        const stopTimer = time ? startTimer(time, () => settle(reject, late())) : () => {};
        const settle = (how, value) => {
            stopTimer();
            signal?.removeEventListener("abort", stop);
            how(value);
        };
        if (signal?.aborted) stop();
        signal?.addEventListener("abort", stop);
        promise.then((value) => settle(resolve, value), (error) => settle(reject, error));
    });
}

// --- The client ------------------------------------------------------------------------------------------------------

export class WebshocketClient {
    #url;
    #options;
    #token;
    /** The token that was sent on the current connection. */
    #shown;
    #state = "idle";
    #backoff;
    #queue;
    #requests;
    #topics = new Map();
    #rooms = new Map();
    #listeners = new Listeners((error) => this.#report(error));
    /** The abort controller of the current attempt to connect. */
    #attempt;
    /** The connection that is open or being prepared. */
    #link;
    #openedAt;
    /** The pending calls of `connect`. */
    #waiters = new Set();
    /** Whether `connect` began the current attempts. They end when the last pending call of `connect` is aborted. */
    #isAskedFor = false;
    /** The number of consecutive refused tokens. */
    #refusals = 0;
    #wait;
    #closing;
    /** The limits of the last server that the client was connected to. */
    #limits = STANDARD_LIMITS;
    /** The error for messages while the client is idle or closed. */
    #ending = notConnected("the client is not connected; call connect() first");

    constructor(url, options = {}) {
        this.#url = checkedURL(url ?? undefined);
        this.#options = checkedOptions(options);
        this.#token = this.#options.token;
        this.#backoff = new Backoff(this.#options.reconnect);
        this.#queue = new OfflineQueue(this.#options.offlineQueue);
        this.#requests = new Requests({
            send: (item) => this.#send(item),
            takeBack: (item) => this.#queue.remove(item),
            order: (method, args) => this.#order(method, args),
            leave: (error) => this.#link?.leave(error, () => this.#requests.areCallsDue),
            hold: (item, error) => this.#hold(item, error),
        });
    }

    get state() {
        return this.#state;
    }

    get queued() {
        return { items: this.#queue.items, bytes: this.#queue.bytes };
    }

    get waitingUntil() {
        return this.#wait?.until;
    }

    on(name, listener) {
        return this.#listeners.on(name, listener);
    }

    // Connecting and closing

    async connect(options) {
        const { retry = false, signal } = knownOptions("connect", options, ["retry", "signal"]);
        const { reconnect } = this.#options;
        const policy = checkedPolicy("retry", retry === true ? {} : retry, reconnect.attempts ? reconnect : RECONNECT);
        signal?.throwIfAborted();
        if (this.#state === "open") return;
        const waiter = {};
        const connected = new Promise((resolve, reject) => Object.assign(waiter, { resolve, reject }));
        this.#waiters.add(waiter);
        if (this.#state === "idle" || this.#state === "closed") {
            this.#isAskedFor = true;
            this.#refusals = 0;
            this.#backoff.begin(policy);
            this.#connect();
        } else {
            if (retry !== false) this.#backoff.policy = policy;
            if (this.#state === "waiting") this.#connect();
        }
        try {
            await within(0, signal, connected);
        } catch (error) {
            this.#waiters.delete(waiter);
            if (signal?.aborted && !this.#waiters.size && this.#isAskedFor) this.close();
            throw error;
        }
    }

    async close() {
        if (this.#state !== "idle" && this.#state !== "closed") {
            const link = this.#link;
            this.#finish(undefined);
            this.#closing = link?.close(1000);
        }
        await this.#closing;
    }

    #connect() {
        this.#endWait();
        const attempt = this.#attempt = new AbortController();
        this.#setState("connecting");
        this.#prepareConnection(attempt).catch((error) => {
            if (attempt !== this.#attempt) return;
            const isError = error instanceof Error;
            this.#attemptFailed(isError ? error : new WebshocketError("the connection could not be prepared", { cause: error }));
        });
    }

    /** Gets the token, opens the socket, authenticates, calls `__hello__`, and runs `prepare`. */
    async #prepareConnection(attempt) {
        const { connectTimeout, heartbeat, prepare, WebSocket } = this.#options;
        const inTime = (promise, what) =>
            within(connectTimeout, attempt.signal, promise, () => notConnected(`${what} within ${connectTimeout} ms`));
        const asking = (async () => (typeof this.#token === "function" ? this.#token() : this.#token))();
        const token = await inTime(asking, "no token");
        if (attempt !== this.#attempt) return;
        this.#shown = token;
        const link = this.#link = new Link(WebSocket, this.#url, {
            received: (data) => this.#received(data),
            ended: (closure) => this.#ended(link, closure),
            drained: () => this.#flush(),
        });
        await inTime(link.opened, "no connection");
        const hasToken = token !== undefined && token !== null;
        const showing = hasToken && this.#showToken(token, link);
        // Older servers do not have this method, and a server whose handler takes long in `onConnect` responds late.
        const greeting = this.#hello(link).catch((error) => {
            if (!(error instanceof RPCError || error instanceof TimeoutError)) throw error;
            this.#limits = link.limits;
        });
        const admitting = Promise.all([greeting, showing && inTime(showing, "no response to the token")]);
        const [expiry] = await within(0, attempt.signal, admitting);
        this.#keepAdmitted(link, expiry);
        // Not earlier, because the ping would be the first message.
        if (heartbeat && link.isOpen) {
            link.watch(heartbeat, () => this.#order(PING, []), () => this.#requests.areDue);
        }
        if (prepare) await inTime((async () => prepare(this.#preparing(link)))(), "the connection was not prepared");
        if (attempt === this.#attempt) this.#opened(link);
    }

    async #showToken(token, link) {
        try {
            await this.#call(AUTHENTICATE, [token], { link, timeout: this.#options.connectTimeout });
            this.#refusals = 0;
        } catch (error) {
            // A server without tokens needs none.
            if (error.code === METHOD_NOT_FOUND) return;
            if (error.code === ACCESS_DENIED) this.#refusals++;
            throw error;
        }
    }

    /**
     * Gets the server's limits and the expiry of the admission (Protocol.md, "Hello").
     * @returns in how many seconds the admission expires; undefined if it does not, or if the server does not report it
     */
    async #hello(link) {
        const answer = await this.#call(HELLO, [{}], { link, timeout: this.#options.connectTimeout });
        this.#limits = link.limits = limitsIn(answer);
        return answer?.expires_in ?? undefined;
    }

    /**
     * Renews the admission before it expires, if a function provides tokens. The renewal begins at a random time between one
     * and two margins before the expiry, so that clients that were admitted together do not renew together. A failed renewal
     * is retried after growing pauses, while there is time.
     */
    async #keepAdmitted(link, seconds) {
        const admission = link.admission = {};
        const isCurrent = () => link === this.#link && link.admission === admission;
        while (seconds > 0 && typeof this.#token === "function") {
            const time = seconds * 1000;
            const end = performance.now() + time;
            seconds = undefined;
            await link.sleep(time - Math.min(RENEWAL_MARGIN, time / 4) * (1 + Math.random()));
            for (let failures = 1; isCurrent() && performance.now() < end; failures++) {
                try {
                    seconds = await this.#renew(link, end, isCurrent);
                    break;
                } catch (error) {
                    if (!isCurrent()) return;
                    this.#report(new WebshocketError("the token could not be renewed", { cause: error }), () => {});
                    const pause = randomPause(this.#options.reconnect, failures);
                    await link.sleep(Math.max(error?.retryAfter ?? 0, pause, 100));
                }
            }
        }
    }

    /**
     * Sends another token. A token that extends the admission by less than half of the remaining time is an error. Otherwise,
     * a function that always returns an old token would be called ever more often.
     * @param end when the current admission expires, by `performance.now()`
     * @returns in how many seconds the new admission expires
     */
    async #renew(link, end, isCurrent) {
        const { connectTimeout } = this.#options;
        const late = async () => {
            await link.sleep(connectTimeout);
            throw notConnected(`no token within ${connectTimeout} ms`);
        };
        const token = await Promise.race([(async () => this.#token())(), late()]);
        if (!isCurrent()) return;
        const showing = this.#call(AUTHENTICATE, [token], { link, timeout: connectTimeout });
        const [seconds] = await Promise.all([this.#hello(link), showing]);
        const left = end - performance.now();
        const gain = seconds * 1000 - left;
        if (gain < left / 2) throw new WebshocketError(`the new token extends the admission by only ${Math.round(gain)} ms`);
        return seconds;
    }

    /** Returns the client for `prepare`. It sends before all queued messages, and only on this connection. */
    #preparing(link) {
        return {
            sendRPC: (method, args, options) => this.#call(method, args, { ...checkedCall(options), link }),
            streamRPC: (method, args, options) => this.#stream(method, args, { ...checkedStream(options), link }),
            notify: (method, args, options) => this.#post(encodeNotification(method, args), { ...checkedNotify(options), link }),
            send: (data, options) => this.#post(encodeCustom(data, checkedSend(options)), { ...options, link }),
        };
    }

    #opened(link) {
        this.#attempt = undefined;
        this.#openedAt = performance.now();
        this.#isAskedFor = false;
        this.#backoff.opened();
        this.#queue.stopClocks();
        this.#setState("open");
        if (this.#link !== link) return;
        this.#restore(link);
        this.#flush();
        for (const { resolve } of this.#waiters) resolve();
        this.#waiters.clear();
        this.#listeners.emit("open");
    }

    #attemptFailed(error) {
        const link = this.#link;
        this.#link = this.#attempt = undefined;
        link?.close();
        this.#backoff.failed();
        this.#goOn(error, this.#outlook(error, link));
    }

    #ended(link, closure) {
        if (link !== this.#link) return;
        const error = lost(closure, this.#attempt ? NOT_SENT : MAYBE_EXECUTED);
        if (this.#attempt) return this.#attempt.abort(error);
        this.#link = undefined;
        this.#backoff.ended(performance.now() - this.#openedAt);
        this.#goOn(error, this.#outlook(error, link));
    }

    /** @param link the connection that has ended; undefined if there was none */
    #outlook(error, link) {
        // A new token may be valid, whether it comes from a function or was replaced: retry once after a refusal.
        const isStale = error instanceof ConnectionError
            ? STALE_CLOSURES.includes(error.code) && adviceIn(error.reason) !== "never"
            : error.code === ACCESS_DENIED && this.#refusals === 1;
        const isAnother = typeof this.#token === "function" || this.#token !== this.#shown;
        const outlook = errorOutlook(error) ?? (isStale && isAnother ? MAY_HEAL : null);
        // If the server was shutting down, its advice applies, whatever ended the connection.
        const least = link?.backAt - performance.now();
        return outlook?.least < least ? { least, isShared: false } : outlook;
    }

    /** After a lost connection or a failed attempt: schedules the next attempt, or ends the client. */
    #goOn(error, outlook) {
        const delay = this.#backoff.delay(outlook);
        if (delay === undefined) return this.#finish(error);
        this.#keepForNext(error);
        const until = new Date(Date.now() + delay);
        const again = () => this.#connect();
        // Without advice from the server, a client that comes back online need not wait.
        const target = outlook.least ? undefined : globalThis;
        target?.addEventListener?.("online", again);
        this.#wait = { until, timer: setTimeout(again, delay), target, again };
        this.#setState("waiting");
        if (this.#wait?.until === until) this.#listeners.emit("waiting", { until, delay, attempt: this.#backoff.attempt, error });
    }

    #endWait() {
        if (!this.#wait) return;
        const { timer, target, again } = this.#wait;
        clearTimeout(timer);
        target?.removeEventListener?.("online", again);
        this.#wait = undefined;
    }

    /** Closes the client: all pending calls, queued messages and pending calls of `connect` end. */
    #finish(error) {
        this.#endWait();
        const attempt = this.#attempt;
        this.#link = this.#attempt = undefined;
        const ending = this.#ending = error ?? notConnected("the client was closed");
        attempt?.abort(ending);
        this.#requests.lose(delivered(ending, MAYBE_EXECUTED), false);
        for (const item of this.#queue.takeAll()) {
            item.settle((error && item.refusal) ?? delivered(ending, item.delivery));
        }
        for (const { reject } of this.#waiters) reject(ending);
        this.#waiters.clear();
        // Last, because a listener may call `connect`.
        this.#setState("closed");
        this.#listeners.emit("close", { error });
    }

    #setState(state) {
        if (state === this.#state) return;
        this.#state = state;
        this.#listeners.emit("state", state);
    }

    // Sending

    #send(item) {
        const excess = item.excess(item.link?.limits ?? this.#limits);
        if (excess) {
            item.settle(excess);
        } else if (item.link) {
            if (item.link !== this.#link || !this.#write(item)) item.settle(notConnected("the connection has ended"));
        } else if (this.#link?.leaving) {
            this.#hold(item, this.#link.leaving);
        } else if (this.#state === "open") {
            if (this.#queue.items || !this.#link.isReady || !this.#write(item)) {
                this.#queue.add(item);
                if (this.#link.isReady) this.#flush();
            }
        } else if (this.#state === "idle" || this.#state === "closed") {
            item.settle(delivered(this.#ending, NOT_SENT));
        } else {
            this.#queue.keep(item);
        }
    }

    /** @returns whether the message is settled: sent, or refused because it exceeds the limits of the current server */
    #write(item) {
        const excess = item.excess(this.#link.limits);
        if (!excess) {
            if (!this.#link.send(item.text)) return false;
            item.isSent = true;
            item.refusal = undefined;
        }
        item.settle(excess);
        return true;
    }

    /** Keeps a message for the next connection because the server is shutting down, or rejects it if it may not wait. */
    #hold(item, { message, code, data, retryAfter }) {
        const { offlineQueue, reconnect } = this.#options;
        item.refusal = new RPCError(message, { code, data, retryAfter, delivery: item.delivery });
        if (item.link || !offlineQueue.items || !reconnect.attempts) item.settle(item.refusal);
        else this.#queue.keep(item);
    }

    #flush() {
        if (this.#state !== "open") return;
        for (const item of this.#queue) {
            if (!this.#link?.isReady) return;
            this.#queue.remove(item);
            this.#write(item);
        }
    }

    /** Sends a request of the protocol whose response, if any, is ignored. */
    #order(method, args) {
        this.#link?.send(encodeRequest(method, args, { call_id: NO_CALL }).text);
    }

    /** Ends requests that must not be sent again, and queues all others for the next connection, in their order. */
    #keepForNext(error) {
        // The message may be the cause of the close code; sent again, it would end the next connection too.
        const mayRepeat = this.#options.offlineQueue.items > 0 && !CAUSED_CLOSURES.includes(error.code);
        const repeated = this.#requests.lose(delivered(error, MAYBE_EXECUTED), mayRepeat);
        const kept = [...repeated, ...this.#queue.takeAll()];
        for (const item of kept.sort((a, b) => a.place - b.place)) this.#queue.keep(item);
    }

    /** Sends a message without a response; settles when it was handed to the system. */
    #post(encoded, { timeToLive, link } = {}) {
        if (timeToLive !== undefined) checked("timeToLive", timeToLive, 1);
        return new Promise((resolve, reject) => {
            this.#send(new Outgoing(encoded, (error) => (error ? reject(error) : resolve()), { timeToLive, link }));
        });
    }

    // Receiving

    #received(data) {
        let packet;
        try {
            packet = decode(data);
        } catch (error) {
            this.#report(new WebshocketError("a message from the server is malformed", { cause: error }), () => {});
            return;
        }
        if (packet.source !== RPC) return this.#dispatch(packet);
        const { rpc } = packet;
        const error = rpc.call_id === "" && errorIn(rpc);
        // The response to a packet that is not a call has no ID, and neither has the notice of a shutdown.
        if (error && error.code === SHUTTING_DOWN) this.#state === "open" && this.#requests.transport.leave(error);
        else if (error) this.#report(error, () => {});
        else this.#requests.answer(rpc);
    }

    #dispatch({ source, channel, event, data, timestamp, correlation_id }) {
        const message = {
            source: SOURCES[source],
            channel: channel ?? undefined,
            event: event ?? undefined,
            data: data ?? null,
            timestamp: dateIn(timestamp),
            correlationID: correlation_id ?? undefined,
        };
        if (source === CHANNEL) {
            this.#rooms.get(channel)?.receive(message);
            for (const topic of [...this.#topics.values()]) if (topic.matches(channel)) topic.receive(message);
        }
        this.#listeners.emit("message", message);
    }

    /** @param unheard called if there is no error listener */
    #report(error, unheard = reportGlobally) {
        if (this.#listeners.has("error")) this.#listeners.emit("error", error);
        else unheard(error);
    }

    // Calls

    async sendRPC(method, args, options) {
        return this.#call(method, args, checkedCall(options));
    }

    streamRPC(method, args, options) {
        return this.#stream(method, args, checkedStream(options));
    }

    async notify(method, args, options) {
        await this.#post(encodeNotification(method, args), checkedNotify(options));
    }

    async send(data, options) {
        await this.#post(encodeCustom(data, checkedSend(options)), options);
    }

    async authenticate(token) {
        const isKept = typeof this.#token !== "function";
        // The next connection sends this token, because the old token may be invalid by then.
        if (isKept && this.#state !== "open") this.#token = token;
        if (isKept && (this.#state === "idle" || this.#state === "closed")) return;
        await this.#call(AUTHENTICATE, [token]);
        if (isKept) this.#token = this.#shown = token;
        const link = this.#state === "open" && this.#link;
        if (link) this.#hello(link).then((expiry) => this.#keepAdmitted(link, expiry), () => {});
    }

    #call(method, args, options) {
        return this.#request(method, args, options).promise;
    }

    #request(method, args, { timeout = this.#options.callTimeout, signal, idempotent, link, answered } = {}) {
        const call = new Call(this.#requests, method, args, { timeout, signal, idempotent, link, answered });
        call.start();
        return call;
    }

    #stream(method, args, { credit = 64, timeout = Infinity, signal, link } = {}) {
        checked("credit", credit, 1, 65_536);
        const options = { credit: Math.floor(credit), timeout, signal, link };
        return new Stream(new StreamRequest(this.#requests, method, args, options));
    }

    // Channels and rooms

    /** The part of the client that interests use. */
    #host = {
        timeout: () => this.#options.callTimeout,
        request: (method, args, options) => this.#request(method, args, options),
        compensate: (interest) => this.#compensate(interest),
        isOpen: () => this.#state === "open",
        end: (reason) => this.#link?.end({ code: 1006, reason }),
        forget: (interest) => {
            const interests = this.#interestsLike(interest);
            if (interests.get(interest.name) === interest) interests.delete(interest.name);
        },
        publish: (...publication) => this.publish(...publication),
        report: (error) => this.#report(error),
    };

    async subscribe(pattern, handler, options) {
        const { ended, ...waiting } = knownOptions("subscribe", options, ["ended", ...JOIN_OPTIONS]);
        const listeners = new Listeners(this.#host.report);
        listeners.on("message", checkedFunction("the handler", handler));
        if (ended) listeners.on("ended", ended);
        let topic = this.#topics.get(checkedText("the pattern", pattern));
        if (!topic) {
            topic = new Topic(this.#host, pattern, SYNTAXES[this.#options.patterns](pattern));
            this.#topics.set(pattern, topic);
        }
        const want = { listeners };
        await topic.declare(want, waiting);
        return {
            pattern,
            unsubscribe: async () => {
                await topic.withdraw(want);
            },
        };
    }

    async join(name, options) {
        let interest = this.#rooms.get(checkedText("the room", name));
        if (!interest) this.#rooms.set(name, interest = new RoomInterest(this.#host, name));
        return interest.join(knownOptions("join", options, JOIN_OPTIONS));
    }

    async publish(channel, data, options) {
        const { event = null, ...calling } = knownOptions("publish", options, ["event", ...CALL_OPTIONS]);
        await this.#call(PUBLISH, [checkedText("the channel", channel), data, event], calling);
    }

    /** The interests of the same kind, by name. */
    #interestsLike({ isRoom }) {
        return isRoom ? this.#rooms : this.#topics;
    }

    /**
     * Unsubscribes or leaves after an abandoned request, which may have taken effect. After a temporary refusal, this is
     * retried, unless the connection has ended or the name has been requested again.
     */
    async #compensate(interest) {
        const { name, giveUp } = interest;
        const link = this.#state === "open" ? this.#link : undefined;
        for (let refusals = 1; link && link === this.#link; refusals++) {
            try {
                // No timeout: its `__abort__` would make the server keep the subscription or the membership.
                return await this.#call(giveUp, [[name]], { link, timeout: Infinity });
            } catch (error) {
                if (!(error instanceof RPCError && passesByItself(error))) return;
                await this.#pauseAfter(error, refusals, link);
            }
            if (this.#interestsLike(interest).has(name)) return;
        }
    }

    /** Waits before a temporarily refused request is repeated on the same connection. */
    #pauseAfter({ retryAfter = 1000 }, refusals, link) {
        return link.sleep(Math.max(retryAfter, randomPause(this.#options.reconnect, refusals), 100));
    }

    /** Restores subscriptions and rooms on a new connection. */
    async #restore(link) {
        const outcome = { channels: [], rooms: [], refused: [] };
        const isWanted = (interest) => interest.isGranted && interest.isWanted;
        const refused = ({ name }, error) => outcome.refused.push({ name, error });
        const ask = async (interests) => {
            let refusals = 0;
            for (let wanted = interests; link === this.#link && wanted.length; wanted = wanted.filter(isWanted)) {
                const names = wanted.map(({ name }) => name);
                const [{ ask: method, isRoom }] = wanted;
                const answered = (answer) => {
                    for (const interest of wanted) {
                        const { name } = interest;
                        if (isWanted(interest)) {
                            interest.granted(answer, true);
                            if (interest.isGranted) outcome[isRoom ? "rooms" : "channels"].push(name);
                            else refused(interest, interest.ending);
                        } else if (!this.#interestsLike(interest).get(name)?.isWanted) {
                            // It was withdrawn meanwhile, and the server may have processed that first.
                            this.#compensate(interest);
                        }
                    }
                };
                try {
                    for (const interest of wanted) interest.begin();
                    await this.#call(method, isRoom ? names : [names], { link, answered });
                    return;
                } catch (error) {
                    if (link !== this.#link) return;
                    const isTooLarge = error instanceof EncodingError;
                    // A connection without its subscriptions is useless; the next one may restore them.
                    if (!(isTooLarge || error instanceof RPCError)) return link.end({ code: 1006, reason: "No answer in time" });
                    if (passesByItself(error)) {
                        await this.#pauseAfter(error, ++refusals, link);
                    } else if (wanted.length > 1) {
                        // A list that is too large is split in half. Otherwise each name is requested alone, so that one
                        // refusal does not affect the others.
                        const rest = wanted.filter(isWanted);
                        const size = isTooLarge ? Math.ceil(rest.length / 2) : 1;
                        const parts = rest.flatMap((_, at) => (at % size ? [] : [rest.slice(at, at + size)]));
                        await Promise.all(parts.map(ask));
                        return;
                    } else {
                        const [interest] = wanted;
                        if (!isWanted(interest)) return;
                        refused(interest, error);
                        if (mayHaveRun(error)) this.#compensate(interest);
                        interest.refuse(error);
                        return;
                    }
                }
            }
        };
        for (const interest of [...this.#topics.values(), ...this.#rooms.values()]) interest.reconnected();
        const topics = [...this.#topics.values()].filter(isWanted);
        const rooms = [...this.#rooms.values()].filter(isWanted);
        if (!topics.length && !rooms.length) return;
        await Promise.all([ask(topics), ...rooms.map((room) => ask([room]))]);
        if (link === this.#link) this.#listeners.emit("restored", outcome);
    }
}
