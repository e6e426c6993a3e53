// A client for Webshocket servers: calls, streams, channels and rooms over one WebSocket, which is replaced when it is lost.
//
// One module for browsers and Node, without dependencies; one long file, since it is served as it is, without a build step.
// webshocket.d.ts says what each export does, Protocol.md what travels. Below, from the bottom up: errors, checks, decisions
// (patterns, pauses, the queue), what waits for answers, what the client wants to hear of, one connection, and the client
// that has one after the other.

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

/** Close codes after which the next connection would end the same way; application codes are in the ranges. */
const FINAL_CLOSURES = [1000, 1003, 1008, 1010];
const FINAL_RANGES = [[3500, 3999], [4500, 4999]];

/** Close codes that a message of the client may have caused: it is not sent again. */
const CAUSED_CLOSURES = [1002, 1003, 1007, 1009];

/** The longest pause that a server may ask for: a week, in milliseconds. */
const LONGEST_ADVICE = 604_800_000;

/** The most levels of containers, and values and keys, in one packet, unless the server sets other limits. */
const DEEPEST = 64;
const MOST_ELEMENTS = 65_536;

/** A server's limits on a message, until its answer to hello says otherwise. */
const STANDARD_LIMITS = { depth: DEEPEST, elements: MOST_ELEMENTS, bytes: Infinity };

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

/** Why there is no connection, as one is told whose message it concerns. */
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
        // A time that fits into a timer.
        retryAfter: typeof retry_after === "number" && retry_after >= 0
            ? Math.min(Math.ceil(retry_after * 1000), LONGEST_ADVICE)
            : undefined,
    });
}

// --- Checks ----------------------------------------------------------------------------------------------------------

/** What a timer can wait at most: beyond, it fires at once. */
const LONGEST = 2 ** 31 - 1;

/** The value, if it is a number in the range. */
function checked(name, value, least, most = LONGEST) {
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw new RangeError(`${name} is to be a number from ${least} to ${most}, not ${String(value)}`);
}

const checkedTimeout = (value, name = "timeout") => (value === Infinity ? value : checked(name, value, 1));

function checkedText(name, value) {
    if (typeof value === "string" && value) return value;
    throw new TypeError(`${name} is to be a text, and not empty`);
}

function checkedFunction(name, value) {
    if (typeof value === "function") return value;
    throw new TypeError(`${name} is to be a function`);
}

/** The options, if each has a name that exists: a misspelt one would be ignored. */
function knownOptions(owner, options = {}, names) {
    for (const name in options) {
        if (!names.includes(name)) throw new TypeError(`unknown option '${name}' of ${owner} (allowed: ${names.join(", ")})`);
    }
    return options;
}

const JOIN_OPTIONS = ["timeout", "signal"];
const CALL_OPTIONS = [...JOIN_OPTIONS, "idempotent"];
const checkedCall = (options) => knownOptions("call", options, CALL_OPTIONS);
const checkedStream = (options) => knownOptions("stream", options, ["credit", "timeout", "signal"]);
const checkedNotify = (options) => knownOptions("notify", options, ["timeToLive"]);
const checkedSend = (options) => knownOptions("send", options, ["event", "timeToLive"]);

/** The standard options with those given in place of them. */
const completed = (owner, options, standard) => ({ ...standard, ...knownOptions(owner, options, Object.keys(standard)) });

/** A retry policy with what it leaves out filled in; false is one without tries. */
function checkedPolicy(name, value, standard) {
    const policy = completed(name, value === false ? { attempts: 0 } : value, standard);
    checked(`${name}.attempts`, policy.attempts, 0, Infinity);
    checked(`${name}.base`, policy.base, 1);
    checked(`${name}.cap`, policy.cap, policy.base, 86_400_000);
    checked(`${name}.healthyAfter`, policy.healthyAfter, 1);
    return policy;
}

const CLIENT_OPTIONS = [
    "token", "prepare", "reconnect", "timeout", "connectTimeout", "WebSocket", "queue", "heartbeat", "patterns",
];

const RECONNECT = { base: 500, cap: 30_000, attempts: Infinity, healthyAfter: 10_000 };

function checkedOptions(options) {
    knownOptions("the client", options, CLIENT_OPTIONS);
    const queue = completed("queue", options.queue, { items: 1000, bytes: 1_048_576, timeToLive: 30_000 });
    for (const name of ["items", "bytes"]) checked(`queue.${name}`, queue[name], 0, Infinity);
    checked("queue.timeToLive", queue.timeToLive, 1);
    const heartbeat = options.heartbeat !== false
        && completed("heartbeat", options.heartbeat, { interval: 25_000, timeout: 20_000 });
    for (const name in heartbeat) checked(`heartbeat.${name}`, heartbeat[name], 1);
    const patterns = options.patterns ?? "segments";
    if (!Object.hasOwn(SYNTAXES, patterns)) throw new TypeError(`patterns are "segments" or "globs", not ${patterns}`);
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
        timeout: checkedTimeout(options.timeout ?? 30_000),
        connectTimeout: checked("connectTimeout", options.connectTimeout ?? 10_000, 1),
        WebSocket: checkedFunction("WebSocket", WebSocket),
        queue,
        heartbeat,
        patterns,
    };
}

/** The address of the server: a path, or nothing, is one of the page's own host. */
function checkedURL(url = "/") {
    let address;
    try {
        address = new URL(url, globalThis.location?.href);
        address.protocol = address.protocol.replace(/^http/, "ws");
    } catch {
        // The error of URL has the whole text, which may have secrets.
    }
    if (!/^wss?:$/.test(address?.protocol)) {
        throw new TypeError("the URL must be a path of the page's host, or a valid one of ws:, wss:, http: or https:");
    }
    address.hash = "";
    return address.href;
}

// --- Packets ---------------------------------------------------------------------------------------------------------

const CHANNEL = 2;
const CUSTOM = 4;
const RPC = 5;
const KINDS = { 1: "broadcast", 2: "channel", 3: "unknown", 4: "custom" };

/** Of what nobody waits for: a server that answers it all the same, as the Python package does, answers no call. */
const NO_CALL = "-";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Matches half of a surrogate pair without the other half, which UTF-8 cannot encode. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The limits in an answer to hello; the standard ones for those that it does not have. */
function limitsIn(answer) {
    const { message_size, depth, elements } = answer?.limits ?? {};
    const orStandard = (value, standard) => (Number.isFinite(value) && value > 0 ? value : standard);
    return {
        depth: orStandard(depth, DEEPEST),
        elements: orStandard(elements, MOST_ELEMENTS),
        bytes: orStandard(message_size, Infinity),
    };
}

const overLimit = (name, value, limit, delivery = NOT_SENT) =>
    new EncodingError(`message too large: ${name} ${value}, limit ${limit}`, { code: name, limit, delivery });

/**
 * A packet as JSON, with its levels and elements as servers count them: keys count, and the packet itself (Protocol.md,
 * "Values"). Bytes become base64. Throws for values that JSON would drop, change or write as null.
 */
function encode(packet) {
    /** The containers around the value, outermost first, and the keys that lead to it. */
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
        // JSON has the values in such objects, which `new Number(1)` makes one of.
        if (["Number", "String", "Boolean", "BigInt"].includes(kind)) value = value.valueOf();
        const type = typeof value;
        if (type === "string" && LONE_SURROGATE.test(value)) refuse("surrogate", "the text has a lone surrogate");
        if (type === "number" && !Number.isFinite(value)) refuse("value", `${value} is not a JSON number`);
        if (type === "bigint" || type === "function" || type === "symbol") refuse("value", `JSON has no ${type}`);
        if (type !== "object" || value === null) return value;
        // A Map, a promise and others have their content where JSON does not look.
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
        throw new TypeError("arguments are to be an array, or an object for those that have names");
    }
    const [list, named] = Array.isArray(args) ? [args, {}] : [[], args];
    return encode({
        source: RPC,
        rpc: { type: "request", method: checkedText("method", method), args: list, kwargs: named, ...extensions },
    });
}

/** The packet in a message. Throws for what is none. */
function decode(data) {
    const packet = JSON.parse(typeof data === "string" ? data : utf8.decode(data));
    const { source, rpc, channel, event } = packet;
    const isText = (value) => value === undefined || value === null || typeof value === "string";
    const isKnown = source === RPC
        ? rpc?.type === "response" && typeof rpc.call_id === "string"
        : Number.isInteger(source) && Object.hasOwn(KINDS, source);
    const isChannel = source === CHANNEL ? typeof channel === "string" : isText(channel);
    if (!(isKnown && isText(event) && isChannel)) throw new TypeError("no packet");
    return packet;
}

// --- Patterns --------------------------------------------------------------------------------------------------------

const MANY = Symbol("any number of units");

/** Whether the units match; in steps, for any pattern, no more than their numbers multiplied. */
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
            // The last wildcard takes one unit more; no earlier one need.
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
        // What stands first in a name has no separator, and is reached so behind a `**` that stands for nothing.
        : ([other, unit]) => (other === separator || other === "") && (text === "*" || unit === text));
    return (name) => matches(elements, segments(name));
}

/** Python's fnmatch: `*`, `?`, `[a-z]`, `[!a-z]`, by Unicode scalars. */
function globMatcher(pattern) {
    const elements = [];
    // A `]` that comes first is one of the set; a `[` that nothing closes stands for itself.
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

// --- Pauses between tries --------------------------------------------------------------------------------------------

// The outlook after the end of a connection: the shortest pause before the next one, and whether other clients got the same
// advice, so that the client's own random pause is added. Null if the next one would end the same way (Protocol.md,
// "Reconnection").
const MAY_HEAL = { least: 0, isShared: true };

function closureOutlook({ code, reason }) {
    const advice = /; retry-after=(never|\d{1,6}(\.\d{1,3})?)$/.exec(reason)?.[1];
    if (advice === "never") return null;
    const least = Math.round(advice * 1000);
    if (least <= LONGEST_ADVICE) return { least, isShared: false };
    const isFinal = FINAL_CLOSURES.includes(code) || FINAL_RANGES.some(([low, high]) => code >= low && code <= high);
    return isFinal ? null : MAY_HEAL;
}

/** Of a call that prepares a connection: its answer, or why there is none. */
function errorOutlook(error) {
    // A page of https: that asks for ws:, or a token that cannot be sent.
    if (error.name === "SecurityError" || error instanceof EncodingError) return null;
    if (error instanceof ConnectionError && error.code) return closureOutlook(error);
    if (!(error instanceof RPCError)) return MAY_HEAL;
    if (!passesByItself(error)) return null;
    const isShared = error.code !== SHUTTING_DOWN;
    return { least: error.retryAfter ?? (error.code === RATE_LIMITED ? 1000 : 0), isShared };
}

const passesByItself = ({ code }) =>
    [RATE_LIMITED, OVERLOADED, INTERNAL_ERROR, CANCELLED, DEADLINE_EXCEEDED, SHUTTING_DOWN].includes(code);

/** Whether a request that ended with the error may have had its effect on the server. */
const mayHaveRun = ({ delivery, code }) => delivery === MAYBE_EXECUTED
    || [INTERNAL_ERROR, CANCELLED, DEADLINE_EXCEEDED, REPLY_TOO_LARGE].includes(code);

/** A random part of a time that doubles from one failure in a row to the next. */
const randomPause = ({ base, cap }, failures) => Math.min(cap, base * 2 ** Math.max(failures - 1, 0)) * Math.random();

/**
 * The longest time that is left when the renewal of an admission must have begun, enough for a token and an answer that take
 * 10 s each, and for several more tries. It is a quarter of a shorter lifetime.
 */
const RENEWAL_MARGIN = 60_000;

/** How long to wait before each try: a random pause, or longer if the server advises so, but never shorter. */
class Backoff {
    #reconnect;
    #policy;
    /** In a row; what the pauses grow by. */
    #failures = 0;
    /** Those of them that count against the policy's attempts: those before the first connection are another policy's. */
    #counted = 0;
    #hasBeenOpen = false;

    constructor(reconnect) {
        this.#reconnect = reconnect;
    }

    /** @param policy of the tries up to the first connection */
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

    /** @param duration how long the connection was open; one that opens and ends at once is a failure */
    ended(duration) {
        if (duration >= this.#reconnect.healthyAfter) this.#failures = this.#counted = 0;
        else this.failed();
    }

    /** Milliseconds up to the next try; undefined for that there is none. */
    delay(outlook) {
        if (!outlook || this.#counted >= this.#policy.attempts) return undefined;
        const pause = randomPause(this.#policy, this.#failures);
        return outlook.isShared ? outlook.least + pause : Math.max(outlook.least, pause);
    }
}

// --- What waits to be sent -------------------------------------------------------------------------------------------

/** A message on its way out. */
class Outgoing {
    /** How often it may be sent again: it may be what ends the connections. */
    static #mostRevivals = 5;

    static #last = 0;

    /** The order in which messages were made, which is the order in which they are sent. */
    place = ++Outgoing.#last;
    /** On the connection that there is. */
    isSent = false;
    #revivals = 0;
    #bytes;
    stopClock;
    /** Why the server, which shuts down, did not take it. */
    refusal;
    /** When it is no more worth sending; from the first time that it waits without a connection. */
    end;

    /**
     * @param encoded the text, and its levels and elements
     * @param settle called with nothing when it was handed to a connection, else with the error
     * @param link the one connection that it is for; undefined for any
     */
    constructor(encoded, settle, { link, isRepeatable = false, timeToLive } = {}) {
        Object.assign(this, encoded, { settle, link, isRepeatable, timeToLive });
    }

    /** In UTF-8. */
    get bytes() {
        return this.#bytes ??= new TextEncoder().encode(this.text).length;
    }

    /** Whether the server can have got it. */
    get delivery() {
        return this.isSent || this.#revivals ? MAYBE_EXECUTED : NOT_SENT;
    }

    /** Why a server with such limits would refuse it; undefined if it would not. */
    excess(limits) {
        // A unit of UTF-16 takes 3 bytes at most: short texts need not be counted.
        const names = ["depth", "elements", ...(this.text.length > limits.bytes / 3 ? ["bytes"] : [])];
        const name = names.find((name) => this[name] > limits[name]);
        return name && overLimit(name, this[name], limits[name], this.delivery);
    }

    /**
     * Has it wait for the next connection, where it may be sent once more.
     * @returns whether it may
     */
    revive() {
        if (!this.isRepeatable || this.link || this.#revivals >= Outgoing.#mostRevivals) return false;
        this.#revivals++;
        this.isSent = false;
        return true;
    }
}

/**
 * Runs the action once what has arrived so far is read. Node reads up to 2 MiB of a socket in one turn of its loop. Browsers
 * do not say when they have told everything, and take a few milliseconds after a suspension.
 */
function afterArrivals(action, turns = 4) {
    if (!globalThis.setImmediate) setTimeout(action, 20);
    else setImmediate(turns > 1 ? () => afterArrivals(action, turns - 1) : action);
}

/**
 * A timer for what ends because nothing has come. When the program was suspended such timers are overdue, and what they
 * wait for may have arrived.
 * @returns a function that stops it
 */
function startTimer(time, action) {
    let isRunning = true;
    const timer = setTimeout(() => afterArrivals(() => isRunning && action()), time);
    return () => {
        isRunning = false;
        clearTimeout(timer);
    };
}

/** A first-in, first-out queue. An array's own `shift` moves all elements if there are many. */
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

/** Messages in the order in which they were sent, bounded while there is no connection. */
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

    /** In order, oldest first; items may be removed during iteration. */
    [Symbol.iterator]() {
        return this.#items.values();
    }

    add(item) {
        this.#items.add(item);
        this.#bytes += item.bytes;
    }

    /** @returns whether it was there */
    remove(item) {
        item.stopClock?.();
        const wasThere = this.#items.delete(item);
        if (wasThere) this.#bytes -= item.bytes;
        return wasThere;
    }

    /** Takes all out. */
    takeAll() {
        return [...this.#items].filter((item) => this.remove(item));
    }

    /** Adds a message that waits for a connection, or refuses it. */
    keep(item) {
        const { items, bytes, timeToLive } = this.#limits;
        if (!items) return item.settle(notConnected("there is no connection", item.delivery));
        this.add(item);
        if (this.items > items || this.#bytes > bytes) {
            this.remove(item);
            const message = `no connection, and ${items} messages or ${bytes} bytes wait for one already`;
            return item.settle(new QueueFullError(message, { delivery: item.delivery }));
        }
        const time = item.timeToLive ?? timeToLive;
        item.end ??= performance.now() + time;
        item.stopClock = startTimer(item.end - performance.now(), () => {
            this.remove(item);
            item.settle(notConnected(`no connection within ${time} ms`, item.delivery));
        });
    }

    /** There is a connection: what still waits does so for room on it. */
    stopClocks() {
        for (const item of this.#items) item.stopClock?.();
    }
}

// --- What waits for answers ------------------------------------------------------------------------------------------

/** All requests that wait for their answers, by id. */
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

    /** Whether an answer is to come on the connection that there is. */
    get areDue() {
        return this.#due.length > 0;
    }

    /** The same of calls alone: a server that shuts down ends its streams first. */
    get areCallsDue() {
        return this.#due.some(({ isCall }) => isCall);
    }

    get #due() {
        return [...this.#byID.values()].filter(({ item }) => item.isSent);
    }

    /**
     * Ends what was sent on a connection that has ended.
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

/** What a call and a stream have in common: one request, which a deadline or a signal may end before its answer. */
class Request {
    #requests;
    #signal;
    #stopTimer;
    #stop;

    /** Checks and encodes; nothing is sent before `start`. */
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
                this.end(new TimeoutError(`no reply within ${this.timeout} ms`, { delivery }));
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
     * Keeps the request from being sent, or has the server cancel what it has begun.
     * @returns whether it may have been executed
     */
    abort() {
        if (this.item.isSent) this.order(ABORT, [this.id]);
        else this.#requests.transport.takeBack(this.item);
        return this.item.delivery;
    }

    order(method, args) {
        this.#requests.transport.order(method, args);
    }

    /** Drops what has arrived and was not taken. */
    discard() {}

    /** Ends it, with an error or what a subclass settles with. */
    end(error, result) {
        this.#stopTimer?.();
        this.#signal?.removeEventListener("abort", this.#stop);
        this.#requests.remove(this);
        this.settle(error, result);
    }

    /** Ends it with the error that is the answer. A server that shuts down ends streams, and has not run a call. */
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

/** A call, which is answered once. */
class Call extends Request {
    isCall = true;
    #answered;
    promise = new Promise((resolve, reject) => {
        this.settle = (error, result) => (error === undefined ? resolve(result) : reject(error));
    });

    /** @param options with `answered` also, called with the result before any other message is looked at */
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
        this.end(new WebshocketError("the method streams: call it with stream()"));
    }
}

/** A stream's request: what has arrived and was not taken, and who waits for more. */
class StreamRequest extends Request {
    /** How many elements may be ahead of the consumer where the server heeds no credit, in windows or in these. */
    static #leastWindow = 1024;

    #credit;
    #elements = new Queue();
    /** Taken since credit was last given. */
    #taken = 0;
    #waiting = new Queue();
    /** Once it has ended: the error, or undefined; told once. */
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
        if (!response.is_stream) return this.end(new WebshocketError("the method does not stream: call it with call()"));
        if (response.is_end) return this.end();
        this.#elements.push(response.response ?? null);
        this.#serve();
        const most = 8 * Math.max(this.#credit, StreamRequest.#leastWindow);
        if (this.#elements.length < most) return;
        const message = `the server heeds no credit, and the consumer is ${most} elements behind`;
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

    /** Ends it because its consumer has gone. */
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

/** What `client.stream()` returns: nothing is sent before the first element is asked for. */
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

/** Functions by the names of what they listen to. What one throws is reported, and concerns no other. */
class Listeners {
    #byName = new Map();
    #report;

    constructor(report) {
        this.#report = report;
    }

    /** @returns a function that ends it */
    on(name, listener) {
        checkedFunction(`a listener of ${name}`, listener);
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
        // A listener of errors that throws has nobody else to be reported to.
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

/** Where errors go that nobody listens to. */
const reportGlobally = (error) => (globalThis.reportError ?? console.error)(error);

// --- What the client wants to hear of --------------------------------------------------------------------------------

/**
 * A pattern or a room. It is requested once, however many declarations want it, and again on each later connection.
 *
 * The client wants it from the first declaration on, and until the last one is withdrawn. The server has granted it or not.
 * If these differ, one request is in flight: for it (`#asking`), or to give it up (`#leaving`).
 */
class Interest {
    /** Whether the server has granted it, on this connection or an earlier one. */
    isGranted = false;
    /** The declarations that want it: each with the `listeners` that hear of its end, and how to settle it while it waits. */
    wants = new Set();
    /** Why declarations were last dropped. */
    ending;
    /** A promise while a subclass checks whether the grant still holds: declarations wait for it. */
    checking;
    #asking;
    /** The request to give it up, and its outcome. */
    #yielding;
    #leaving;

    /** @param host what interests see of the client */
    constructor(host, name, ask, giveUp) {
        Object.assign(this, { host, name, ask, giveUp });
    }

    get isWanted() {
        return this.wants.size > 0;
    }

    /** Called when it is about to be requested. */
    begin() {}

    /** @param isAgain whether it was granted on an earlier connection */
    granted(answer, isAgain) {}

    /** Adds a declaration. Resolves when it is granted; if it is not, the declaration is withdrawn. */
    async declare(want, { signal, timeout = this.host.timeout() } = {}) {
        const late = () =>
            new TimeoutError(`no reply within ${timeout} ms`, { delivery: this.#asking?.item.delivery ?? NOT_SENT });
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

    /** Ends a declaration. Resolves when the server has let the client go, if it was the last one. */
    withdraw(want) {
        this.wants.delete(want);
        return this.settle();
    }

    /**
     * Makes the server agree with the client, by one request at a time, so that none overtakes another.
     * @returns a promise while it is being given up
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
            // Not if it was abandoned.
            if (this.#asking !== request) return;
            this.#asking = undefined;
            // An answer holds for all declarations. The end of a wait in the queue does not: later ones may wait longer.
            this.drop(error, error instanceof RPCError ? this.wants : asked);
            if (request && mayHaveRun(error)) this.#compensate(request);
            this.settle();
        }
    }

    /** Resolves the declarations, of which there are none if the room ended with the answer. */
    #resolveAll() {
        for (const { resolve } of this.wants) resolve();
    }

    /** Ends the request for it. */
    #abandon() {
        const request = this.#asking;
        this.#asking = undefined;
        request.abort();
        this.#compensate(request);
        request.end(new WebshocketError("given up"));
    }

    /** Gives up what a request may have been granted on the present connection, unless it is still wanted. */
    #compensate({ item }) {
        if (item.isSent && !this.isWanted) this.host.compensate(this);
    }

    #leave() {
        this.isGranted = false;
        // Without a connection there is nothing to end.
        if (!this.host.isOpen()) return;
        this.#leaving = this.#requestLeave().finally(() => {
            this.#leaving = undefined;
            // If the server has refused, the next try is the caller's.
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

    /** Ends declarations; those that wait for the grant reject. */
    drop(error, wants = this.wants) {
        this.ending = error;
        for (const want of wants) {
            this.wants.delete(want);
            want.reject(error);
        }
    }

    /** Ends it because the server does not grant it any more. */
    refuse(error) {
        const all = new Set([...this.wants].map(({ listeners }) => listeners));
        this.isGranted = false;
        this.drop(error);
        this.settle();
        for (const listeners of all) listeners.emit("ended", error);
    }

    /** There is another connection, which knows nothing of it. */
    reconnected() {
        this.begin();
        if (this.#leaving) {
            // It still waits in the queue; the new connection needs no such request.
            this.#yielding.abort();
            this.#yielding.end(notConnected("the connection has ended"));
        }
        // Not wanted, but granted: the server had refused to let the client go.
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
        // A handler may end others.
        for (const want of [...this.wants]) if (this.wants.has(want)) want.listeners.emit("message", message);
    }
}

/** What a room's listeners hear under these names is not what others publish with them. */
const OWN_EVENTS = ["join", "leave", "message", "ended"];

/** A room and its members. */
class RoomInterest extends Interest {
    /** Messages that are kept until the list of members has arrived, and until listeners can be added. */
    static #mostHeld = 10_000;
    /** The most members of a room that the client keeps. */
    static #mostMembers = 100_000;

    isRoom = true;
    #listeners;
    /** The declaration of all joins that have resolved: one, so that many of them take no more memory. */
    #joined;
    /** By id, in the order in which they joined. */
    #members = new Map();
    /** The members as an array; undefined until requested after a change. */
    #list;
    /** Of the connection; undefined if the server does not announce members. */
    #ownID;
    /** Whether the server has marked the client's own entry. Older ones do not: then `#ownID` is a guess. */
    #isMarked = false;
    #isListed = false;
    /** Joins and leaves before the list of members has arrived. */
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
        // The room may have ended since the answer, in the same turn of the event loop.
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
        // Without a mark, the last member to join; that is wrong if the server had joined this client before.
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
            // The server may have removed it before it joined, or after.
            if (this.#isMarked) this.host.compensate(this);
            this.#wasRemoved();
        }
        // Node tells of all that has arrived at once, without a pause in which who awaits the answer could go on.
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

    /** Ends the connection; the next one may reach a server that keeps to the limits. */
    #refuseFlood() {
        this.#early = [];
        this.host.end(`room ${this.name} has more members or changes than the client keeps`);
    }

    /** The server says that the client, or the member that is taken for it, has left. */
    #wasRemoved() {
        if (this.#isMarked) {
            this.refuse(new RPCError(`the server removed the client from room '${this.name}'`, { code: ACCESS_DENIED }));
        } else this.checking ??= this.#check();
    }

    /** Of a room that the client is not in, the server refuses to list the members. */
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

/** What `client.join()` returns. */
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

/** One WebSocket, from the try to open it to its end, and the heartbeat that finds out when the server has gone. */
class Link {
    /** How long a server that shuts down may take to end the connection, and how often as long again while calls run. */
    static #longestFarewell = 15_000;
    static #mostExtensions = 3;
    /** Above so many bytes that the system has not taken, messages wait in the queue, where it is known that they do. */
    static #mostUnsent = 262_144;

    /** Settles when the connection is there, or could not be made. */
    opened;
    /** Settles when the connection has ended. */
    closed;
    #socket;
    #tell;
    /** The server's limits on what is sent to it. */
    limits = STANDARD_LIMITS;
    /** Why the server takes no more calls; undefined as long as it does. */
    leaving;
    /** When the server, which shuts down, may be back, by `performance.now()`. */
    backAt = 0;
    /** Changes with each admission, whose end was told. */
    admission;
    #timers = new Set();
    /** When the last message arrived. */
    #heardAt;
    /** When the server was last known to be there, by both clocks: a computer's sleep counts for the date alone. */
    #aliveAt;
    #aliveOn;
    /** What `watch` was given. */
    #pulse;
    #stopBeat;
    /** When the server was last asked for a sign of life, and what was unsent then. */
    #askedAt = -Infinity;
    #unsent;
    /** Whether the silence was given more time. */
    #isExtended = false;
    /** Whether the silence was so long that the server may have gone: nothing is sent up to the next sign of life. */
    #isInDoubt = false;
    /** Whether it was asked for that sign. */
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
                // Node 22 tells of a connection that cannot be made by this event alone.
                socket.onerror = () => setTimeout(() => socket.onclose({ code: 1006 }));
            });
        });
        this.opened.catch(() => {});
        socket.onmessage = ({ data }) => {
            this.#doubt();
            // What had arrived before the server was asked says nothing about now.
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

    /** Whether more may be sent now; if not, but later, it is told by `drained` when to look again. */
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

    /** @returns whether it was handed to the system */
    send(text) {
        if (!this.isOpen) return false;
        this.#socket.send(text);
        return true;
    }

    /** Settles after the time, which may be longer than a timer can wait, or when the connection ends. */
    async sleep(time) {
        for (; time > 0 && !this.#isOver; time -= LONGEST) {
            await new Promise((resolve) => this.#after(Math.min(time, LONGEST), resolve, resolve));
        }
    }

    /**
     * Asks for a sign of life after each silence; any message is one.
     * @param isAwaited whether the server has something to say
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
        // A large message that is still leaving is in front of a ping.
        if (left > 0 && left < this.#unsent) {
            this.#noteLife();
        } else if (isSilent) {
            // Overdue by so much that a sign of life may be on its way only now.
            this.#doubt(timeout);
            if (this.#isInDoubt && !this.#isAsked) return;
            if (this.#isExtended || !isAwaited()) return this.end({ code: 1006, reason: "No sign of life from the server" });
            // What is awaited may be large, and be arriving: nothing tells of a message before its end.
            this.#isExtended = true;
            return this.#beatIn(timeout);
        }
        if (!isSilent) this.#isExtended = false;
        const rest = this.#heardAt + interval - performance.now();
        if (rest > 0) this.#beatIn(rest);
        else this.#ask(isSilent);
    }

    /** @param isAsked whether a ping is on its way already */
    #ask(isAsked) {
        if (!isAsked) this.#pulse.ping();
        this.#askedAt = performance.now();
        this.#unsent = this.#socket.bufferedAmount;
        this.#beatIn(this.#pulse.timeout);
    }

    /**
     * After a silence longer than the heartbeat allows, as after a suspension, asks once what has arrived is read.
     * @param slack how much longer it is to be
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
     * Holds what would be sent, since the server shuts down. It ends the connection; if not, the client does: once it
     * waits for nothing any more, or after a minute.
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

    /** Ends it without a word to its owner; settles when the server has answered, or after 5 s. */
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
        // Of a server that is gone the close frame has no answer: nobody waits for it.
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
 * The promise's outcome, unless the time or the signal ends the wait before.
 * @param late makes the error when the time is up
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
    /** What the connection was shown. */
    #shown;
    #state = "idle";
    #backoff;
    #queue;
    #requests;
    #topics = new Map();
    #rooms = new Map();
    #listeners = new Listeners((error) => this.#report(error));
    /** Of the try to connect that is under way. */
    #attempt;
    /** The connection that is open or being prepared. */
    #link;
    #openedAt;
    /** Those who wait to be connected; of them alone the tries are that were begun by `connect`. */
    #waiters = new Set();
    #isAskedFor = false;
    /** How often in a row the server has refused a token. */
    #refusals = 0;
    #wait;
    #closing;
    /** The limits of the server that was last connected. */
    #limits = STANDARD_LIMITS;
    /** Why there is no connection, and none is sought. */
    #ending = notConnected("the client is not connected: connect() does it");

    constructor(url, options = {}) {
        this.#url = checkedURL(url ?? undefined);
        this.#options = checkedOptions(options);
        this.#token = this.#options.token;
        this.#backoff = new Backoff(this.#options.reconnect);
        this.#queue = new OfflineQueue(this.#options.queue);
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
            this.#attemptFailed(isError ? error : new WebshocketError("it could not be prepared", { cause: error }));
        });
    }

    /** Token, socket, token's answer, and what else there is to prepare. */
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
        // Older servers have no such method, and a server whose handler takes long to admit clients answers late.
        const greeting = this.#hello(link).catch((error) => {
            if (!(error instanceof RPCError || error instanceof TimeoutError)) throw error;
            this.#limits = link.limits;
        });
        const admitting = Promise.all([greeting, showing && inTime(showing, "no answer to the token")]);
        const [expiry] = await within(0, attempt.signal, admitting);
        this.#keepAdmitted(link, expiry);
        // Not before: it would be the first message.
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
            // A server that takes no tokens lets everyone in.
            if (error.code === METHOD_NOT_FOUND) return;
            if (error.code === ACCESS_DENIED) this.#refusals++;
            throw error;
        }
    }

    /**
     * Learns what the server tells clients (Protocol.md, "Hello").
     * @returns in how many seconds the admission ends; undefined if it does not, or the server does not say so
     */
    async #hello(link) {
        const answer = await this.#call(HELLO, [{}], { link, timeout: this.#options.connectTimeout });
        this.#limits = link.limits = limitsIn(answer);
        return answer?.expires_in ?? undefined;
    }

    /**
     * Shows new tokens before the admission ends, if there is a function to ask for them: between one and two margins
     * before, at random, so that clients that were admitted together do not renew together. A renewal that fails is tried
     * again, after growing pauses, while there is time.
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
     * Shows one more token. One that extends the admission by less than half of the time that was left is an error: a function
     * that returns an old token again and again must not be asked ever faster.
     * @param end when the admission ends
     * @returns in how many seconds it ends now
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

    /** What `prepare` is given: it sends ahead of all that waits, on this connection alone. */
    #preparing(link) {
        return {
            call: (method, args, options) => this.#call(method, args, { ...checkedCall(options), link }),
            stream: (method, args, options) => this.#stream(method, args, { ...checkedStream(options), link }),
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
        // The next token may be a better one, be it asked for anew each time or replaced: once more, if one was refused.
        const isStale = error.code === 1008
            ? ["Authentication expired", "Authentication timed out"].includes(error.reason)
            : error.code === ACCESS_DENIED && this.#refusals === 1;
        const isAnother = typeof this.#token === "function" || this.#token !== this.#shown;
        const outlook = isStale && isAnother ? MAY_HEAL : errorOutlook(error);
        // Not before a server that shuts down is back, whatever has ended the connection.
        const least = link?.backAt - performance.now();
        return outlook?.least < least ? { least, isShared: false } : outlook;
    }

    /** There is no connection any more: waits for the next try, or ends. */
    #goOn(error, outlook) {
        const delay = this.#backoff.delay(outlook);
        if (delay === undefined) return this.#finish(error);
        this.#keepForNext(error);
        const until = new Date(Date.now() + delay);
        const again = () => this.#connect();
        // Without advice of the server's that says how long: who is back online need not wait.
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

    /** There is no connection, and none is sought: all that waits ends. */
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
        // Last, as a listener may connect anew.
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

    /** @returns whether it is settled: sent, or above the limits of a server that it has not waited for */
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

    /** Has a message wait for the next connection, as the server shuts down, or refuses it where it may not. */
    #hold(item, { message, code, data, retryAfter }) {
        const { queue, reconnect } = this.#options;
        item.refusal = new RPCError(message, { code, data, retryAfter, delivery: item.delivery });
        if (item.link || !queue.items || !reconnect.attempts) item.settle(item.refusal);
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

    /** Asks something of the server's framework, which does not answer, or whose answer nobody waits for. */
    #order(method, args) {
        this.#link?.send(encodeRequest(method, args, { call_id: NO_CALL }).text);
    }

    /** Ends what cannot be sent again, and has all else wait for the next connection, in the old order. */
    #keepForNext(error) {
        // What it says may be what the server cannot bear: sent again it would end the next connection too.
        const mayRepeat = this.#options.queue.items > 0 && !CAUSED_CLOSURES.includes(error.code);
        const repeated = this.#requests.lose(delivered(error, MAYBE_EXECUTED), mayRepeat);
        const kept = [...repeated, ...this.#queue.takeAll()];
        for (const item of kept.sort((a, b) => a.place - b.place)) this.#queue.keep(item);
    }

    /** Sends what is not answered; settles when it was handed to the system. */
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
            this.#report(new WebshocketError("a message of the server's is malformed", { cause: error }), () => {});
            return;
        }
        if (packet.source !== RPC) return this.#dispatch(packet);
        const { rpc } = packet;
        const error = rpc.call_id === "" && errorIn(rpc);
        // An answer to a packet that is not a call has no id, and neither has the news that the server shuts down.
        if (error && error.code === SHUTTING_DOWN) this.#state === "open" && this.#requests.transport.leave(error);
        else if (error) this.#report(error, () => {});
        else this.#requests.answer(rpc);
    }

    #dispatch({ source, channel, event, data, timestamp, correlation_id }) {
        const message = {
            kind: KINDS[source],
            channel: channel ?? undefined,
            event: event ?? undefined,
            data: data ?? null,
            timestamp: timestamp ?? undefined,
            correlationID: correlation_id ?? undefined,
        };
        if (source === CHANNEL) {
            this.#rooms.get(channel)?.receive(message);
            for (const topic of [...this.#topics.values()]) if (topic.matches(channel)) topic.receive(message);
        }
        this.#listeners.emit("message", message);
    }

    /** @param unheard what to do where nobody listens to errors */
    #report(error, unheard = reportGlobally) {
        if (this.#listeners.has("error")) this.#listeners.emit("error", error);
        else unheard(error);
    }

    // Calls

    async call(method, args, options) {
        return this.#call(method, args, checkedCall(options));
    }

    stream(method, args, options) {
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
        // The next connection shows it first: the old one may not be good any more.
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

    #request(method, args, { timeout = this.#options.timeout, signal, idempotent, link, answered } = {}) {
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

    /** What interests see of the client. */
    #host = {
        timeout: () => this.#options.timeout,
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

    /** By name, those of the same kind. */
    #interestsLike({ isRoom }) {
        return isRoom ? this.#rooms : this.#topics;
    }

    /**
     * Gives up on the server what a request that was given up may have begun. If the server refuses that for now, it is
     * repeated, unless the connection has ended or the name has been asked for again.
     */
    async #compensate(interest) {
        const { name, giveUp } = interest;
        const link = this.#state === "open" ? this.#link : undefined;
        for (let refusals = 1; link && link === this.#link; refusals++) {
            try {
                // An `__abort__` after a timeout would have the server keep it.
                return await this.#call(giveUp, [[name]], { link, timeout: Infinity });
            } catch (error) {
                if (!(error instanceof RPCError && passesByItself(error))) return;
                await this.#pauseAfter(error, refusals, link);
            }
            if (this.#interestsLike(interest).has(name)) return;
        }
    }

    /** Waits before a request that was refused for now is repeated on the same connection. */
    #pauseAfter({ retryAfter = 1000 }, refusals, link) {
        return link.sleep(Math.max(retryAfter, randomPause(this.#options.reconnect, refusals), 100));
    }

    /** Asks a new connection for what was asked for before. */
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
                            // It was given up meanwhile, and the server may have heard of that first.
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
                    // A connection without what is to be heard of is worse than none; the next one may do better.
                    if (!(isTooLarge || error instanceof RPCError)) return link.end({ code: 1006, reason: "No answer in time" });
                    if (passesByItself(error)) {
                        await this.#pauseAfter(error, ++refusals, link);
                    } else if (wanted.length > 1) {
                        // A list that is too large in halves; else each alone, so that one that is refused does not take
                        // the others with it.
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
