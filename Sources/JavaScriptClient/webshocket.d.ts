// What TypeScript and editors know of webshocket.js. All times are in milliseconds.

/** Arguments of a method: a list by position, or an object by name. See {@link WebshocketClient.call} for how values travel. */
export type Arguments = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Where a client is. `"closed"` is also what it is once the tries to connect again have come to their end. */
export type State = "idle" | "connecting" | "open" | "waiting" | "closed";

/**
 * Whether the server can have got what was sent, and so whether it is safe to send it again: `"notSent"` never left this
 * client; `"maybeExecuted"` was handed to the system, so that the method may have run, or may be running.
 */
export type Delivery = "notSent" | "maybeExecuted";

/**
 * How often, and after which pauses, a client tries to connect. Advice from a server only makes a pause longer, up to a week
 * (Protocol.md, "Reconnection").
 */
export interface RetryPolicy {
    /** The longest pause after the first failure; the pause is a random part of it. 500 if absent. */
    base?: number;
    /** What the longest pause doubles up to, from one failure to the next; at least `base`, at most a day. 30,000 if absent. */
    cap?: number;
    /** How many tries there are in a row, the first one of `connect({ retry })` included. No end if absent. */
    attempts?: number;
    /** How long a connection must have been open for the pauses to begin with `base` again. 10,000 if absent. */
    healthyAfter?: number;
}

/** The settings of a client. All have a default. */
export interface ClientOptions {
    /**
     * What the client sends first on each connection, to be let in (Protocol.md, "Authentication"); a function is asked for
     * it each time. A server that takes no tokens is taken as it is.
     *
     * If the server says when the admission ends, the client asks the function for another token one to two minutes before,
     * at random (a quarter to a half of a lifetime below four minutes), and shows it on the same connection. If that fails, or
     * the token extends the admission by less than half of the time that was left, it emits `"error"` and tries again after
     * growing pauses while there is time.
     *
     * Where the server refuses it, the client is closed and no more is tried; that of a function is the end after one more
     * try, and one that expires is not.
     */
    token?: string | (() => string | undefined | Promise<string | undefined>);
    /** When to connect again after the connection is lost; `false` for never. A server's advice only makes pauses longer. */
    reconnect?: RetryPolicy | false;
    /** What may wait while there is no connection; with 0 items nothing may. */
    queue?: {
        /** How many calls and messages. 1,000 if absent. */
        items?: number;
        /** How many bytes of UTF-8 in all. 1,048,576 if absent. */
        bytes?: number;
        /** How long each. 30,000 if absent. */
        timeToLive?: number;
    };
    /** How long a call waits for its answer: 30,000 if absent, `Infinity` for as long as the connection lives. */
    timeout?: number;
    /**
     * How long a try to connect may take; as long again each for `token`, for the server's answer to the token, and for
     * `prepare`. The client waits as long again for the answer to the hello; without one it goes on with default limits.
     * 10,000 if absent.
     */
    connectTimeout?: number;
    /**
     * After how much silence the server is asked for a sign of life (25,000 if absent), and how long that may take (20,000);
     * then the connection is given up and replaced. `false` for never.
     *
     * After a longer silence than both, such as a page that was suspended, calls and messages wait until the server has
     * answered a `__ping__`; if it does not, they go to the next connection.
     *
     * Any message is a sign of life. A page cannot see pongs, so a server that reads nothing for that long, because a
     * handler of its has not returned, is taken to be gone. Nor can it see how much of a message has arrived: while a call
     * or a stream waits for its answer, `timeout` is allowed once more, since the answer may be a large one on a slow line.
     * Where answers need longer than that to arrive, a longer `timeout` keeps the connection.
     */
    heartbeat?: { interval?: number; timeout?: number } | false;
    /** The server's syntax of patterns (Protocol.md, "Patterns"). `"segments"` if absent. */
    patterns?: "segments" | "globs";
    /**
     * Is done first on each connection, behind the token and ahead of all that waits. The calls that belong to it are those
     * of the client that it is given: others, of the client itself, wait until it has returned. What it throws ends the try;
     * an {@link RPCError} that would be the same the next time ends all tries.
     */
    prepare?: (client: PreparingClient) => unknown;
    /** The class of the sockets; the global `WebSocket` if absent. Node has one from version 22 on; before, use that of `ws`. */
    WebSocket?: new (url: string) => unknown;
}

/** What {@link ClientOptions.prepare} may do. */
export type PreparingClient = Pick<WebshocketClient, "call" | "stream" | "notify" | "send">;

/** How a call is made. */
export interface CallOptions {
    /** How long to wait for the answer, time without a connection included; the server is told. `Infinity` for no end. */
    timeout?: number;
    /** Ends the call with the signal's reason, and aborts it on the server. */
    signal?: AbortSignal;
    /**
     * Whether it may be made more than once: then it is sent again where the connection ends before its answer, at most
     * 5 times, since it may be what ends the connections. From the first time on its errors say `"maybeExecuted"`.
     */
    idempotent?: boolean;
}

/** How a streaming method is called. */
export interface StreamOptions {
    /** How many elements may arrive ahead of the consumer, 1 to 65,536: the server waits then. 64 if absent. */
    credit?: number;
    /** How long the stream may take up to its end; the server is told. No end if absent. */
    timeout?: number;
    /** Ends the stream at once, with the signal's reason, and aborts it on the server. */
    signal?: AbortSignal;
}

/** How a message that is not answered is sent. */
export interface SendOptions {
    /** How long it may wait for a connection; the queue's `timeToLive` if absent. */
    timeToLive?: number;
}

/** How something is published. */
export interface PublishOptions extends CallOptions {
    /** The name of what happened; not one that begins with `__`. */
    event?: string;
}

/** How long {@link WebshocketClient.join} waits. */
export interface JoinOptions {
    /**
     * How long to wait for the server's answer, time without a connection included; the client's `timeout` if absent, `Infinity`
     * for no end. Then it rejects with a {@link TimeoutError}.
     */
    timeout?: number;
    /** Ends the wait with the signal's reason. After the answer the signal has no effect. */
    signal?: AbortSignal;
}

/** How {@link WebshocketClient.subscribe} waits, and the callback for the subscription's end. */
export interface SubscribeOptions extends JoinOptions {
    /** Called if the server does not let the client in any more on a later connection. */
    ended?: (error: RPCError | EncodingError) => void;
}

/** A message that is no answer. */
export interface Message<Data = unknown> {
    kind: "broadcast" | "channel" | "unknown" | "custom";
    /** Where it was published, for those of a channel. */
    channel: string | undefined;
    /** The name of what happened, if it has one. */
    event: string | undefined;
    /** `null` for none. */
    data: Data;
    /** Seconds since 1970, if the sender said so. */
    timestamp: number | undefined;
    /** The application's own. */
    correlationID: string | undefined;
}

/** A message of a channel or a room. */
export interface ChannelMessage<Data = unknown> extends Message<Data> {
    kind: "channel";
    channel: string;
}

/** What the members of a room know of each other. */
export interface Member<Metadata = Record<string, unknown>> {
    /** Of the connection. */
    id: number;
    /** Who it is, where the server knows it. */
    user?: string;
    metadata: Metadata;
    /** `true` for this client, and absent for all others. Older servers mark no member. Listeners to `"join"` are not told it. */
    you?: true;
}

/** What became of channels and rooms on a new connection. */
export interface Restoration {
    /** Channels and patterns that the client hears of again. */
    channels: string[];
    /** Rooms that it is in again. */
    rooms: string[];
    /**
     * What it is not let into any more, with the server's answer, or with why it cannot be asked for: the request is above
     * the server's limits. It is not asked for again.
     */
    refused: { name: string; error: RPCError | EncodingError }[];
}

/** What can be listened to with {@link WebshocketClient.on}. */
export interface ClientEvents {
    /** The client is somewhere else now. */
    state: (state: State) => void;
    /** The connection is there and prepared. */
    open: () => void;
    /**
     * There is no connection, because of the error. The next try, number `attempt` in a row, begins in `delay` milliseconds,
     * which is at the date `until`.
     */
    waiting: (wait: { until: Date; delay: number; attempt: number; error: Error }) => void;
    /** What the client had asked to hear of was asked for again on a new connection, and answered. */
    restored: (restoration: Restoration) => void;
    /** There is no connection, and none is sought: because of the error, or where it is absent because of `close()`. */
    close: (closing: { error: Error | undefined }) => void;
    /** A message has arrived that is no answer; those of channels and rooms among them, whoever handles them too. */
    message: (message: Message) => void;
    /**
     * What a listener or a handler threw, or its promise was rejected with; what the server answered to a message without
     * a call; that a message of the server's was malformed; that a token could not be renewed, with the error as `cause`.
     * If there is no listener, the first is reported as the platform reports uncaught errors (`reportError`), and the others
     * are dropped.
     */
    error: (error: unknown) => void;
}

/** A running stream: each is for one iteration. */
export interface Stream<Element = unknown> extends AsyncIterableIterator<Element> {
    next(): Promise<IteratorResult<Element, undefined>>;
    /** Ends it, here and on the server. Leaving a `for await` loop does so. */
    return(value?: unknown): Promise<IteratorResult<Element, undefined>>;
    throw(error?: unknown): Promise<IteratorResult<Element, undefined>>;
    [Symbol.asyncIterator](): Stream<Element>;
}

/** One handler of a channel or a pattern. */
export interface Subscription {
    readonly pattern: string;
    /**
     * The handler hears nothing more, from this call on. With the last handler of a pattern the server is told so; without a
     * connection, the next one is not asked for the pattern.
     *
     * Rejects if the server refuses or does not answer. In both cases the next connection is not asked for the pattern. After
     * a refusal, messages may still arrive on this connection, and another call tries again.
     */
    unsubscribe(): Promise<void>;
}

/**
 * A room that the client is in, and joins again on each connection, until it leaves it or the server removes the client. Then
 * the room has ended for good: `publish` rejects, and another {@link WebshocketClient.join} makes another room.
 */
export interface Room {
    readonly name: string;
    /**
     * The members, this client included, in the order in which they joined; another array after each change. Empty if
     * the server does not announce members.
     *
     * The client keeps up to 100,000 members of a room, and up to 10,000 joins and leaves that arrive before the list of
     * members. If a server sends more, the client ends the connection and connects again after a pause.
     */
    readonly members: readonly Member[];
    /** Listens to who comes, be it seen only by comparing with who was there before the connection was lost. */
    on(event: "join" | "leave", listener: (member: Member) => void): () => void;
    /** Listens to all that is published to the room. */
    on(event: "message", listener: (message: ChannelMessage<any>) => void): () => void;
    /**
     * Listens to the end of the room: the server has removed the client, or has refused it on a new connection. If the server
     * does not announce members, the client learns of its removal on the next connection only if it is refused there.
     */
    on(event: "ended", listener: (error: RPCError | EncodingError) => void): () => void;
    /** Listens to one event that is published to the room; those called as above are told to `"message"` alone. */
    on(event: string, listener: (message: ChannelMessage<any>) => void): () => void;
    /**
     * Publishes to the others in the room. Rejects as {@link WebshocketClient.publish}, and if the room has ended: with the
     * error that `"ended"` told, or a {@link WebshocketError} if the client has left. Then nothing is sent.
     */
    publish(data: unknown, options?: PublishOptions): Promise<void>;
    /**
     * Leaves the room, for all in this client who have joined it; a `join` that still waits for it rejects with a
     * {@link WebshocketError}. Listeners hear nothing more once it has resolved. Rejects as {@link Subscription.unsubscribe}.
     */
    leave(): Promise<void>;
}

/**
 * A client of one path of a server.
 *
 * Each of its promises settles: calls end with their answer, their timeout, their signal or, once they are sent, their
 * connection. What is rejected with is one of the errors below, the reason of a signal, or a `TypeError` or `RangeError`
 * for arguments and options that are invalid, names of options that do not exist included; then nothing was sent.
 */
export class WebshocketClient {
    /**
     * Makes a client; `connect()` connects it.
     * @param url with `ws:`, `wss:`, or in a page also a path, or nothing, of the page's own host
     * @throws TypeError or RangeError for an option that is none.
     */
    constructor(url?: string | URL, options?: ClientOptions);

    /** Where it is. */
    readonly state: State;
    /** How many calls and messages wait to be sent, and their bytes of UTF-8. */
    readonly queued: { items: number; bytes: number };
    /** When the next try begins, while the client waits for it. */
    readonly waitingUntil: Date | undefined;

    /**
     * Connects; resolves when the connection is there and prepared. While the client waits for its next try, that begins now.
     * @param options `retry` says what to do when the first try fails: nothing if absent; `true` is what `reconnect` says, or its
     *     defaults where that is `false`.
     *     With `signal` the wait ends, and with the last wait for a first connection the tries.
     */
    connect(options?: { retry?: RetryPolicy | boolean; signal?: AbortSignal }): Promise<void>;

    /** Ends the connection, all that waits and all tries. Resolves when the server has answered, or after 5 s. */
    close(): Promise<void>;

    /**
     * Shows the server another token, for this connection and, where the option is no function, for later ones: once it
     * is accepted, or at once where there is no connection. Resolves when it is accepted; where none is sought, at once.
     */
    authenticate(token: string): Promise<void>;

    /**
     * Calls a method, and resolves with its result.
     *
     * Values travel as JSON: an integer beyond ±2^53 that arrives is rounded to the nearest number that JavaScript has, so
     * such ids are to be sent as texts. Bytes (`ArrayBuffer` and its views) are sent as base64, and arrive as that text; so do
     * dates, as ISO 8601. `undefined` is left out of objects, and `null` in lists. What JSON or the server cannot take is
     * refused with {@link EncodingError}.
     *
     * Rejects with {@link RPCError}, {@link TimeoutError}, {@link ConnectionError}, {@link QueueFullError},
     * {@link EncodingError}, or the signal's reason. Without a connection the call waits for one, as long as the queue has
     * room; so it does while the server shuts down.
     */
    call<Result = any>(method: string, args?: Arguments, options?: CallOptions): Promise<Result>;

    /**
     * Calls a method that streams. Nothing is sent before the first element is asked for; a consumer that is slow holds the
     * server back, and one that leaves the loop ends the method there.
     *
     * What goes wrong is thrown behind the elements that came before it, as for `call`.
     * @throws TypeError or RangeError for invalid arguments, {@link EncodingError} for values that JSON cannot carry.
     */
    stream<Element = any>(method: string, args?: Arguments, options?: StreamOptions): Stream<Element>;

    /** Calls a method without an answer: nobody learns whether it ran. Resolves when it was handed to the system. */
    notify(method: string, args?: Arguments, options?: SendOptions): Promise<void>;

    /** Sends a message that is no call, perhaps as an event. Resolves when it was handed to the system. */
    send(data: unknown, options?: SendOptions & { event?: string }): Promise<void>;

    /**
     * Subscribes to a channel or a pattern, now and on each later connection; resolves when the server has agreed. All
     * handlers of one pattern share one subscription. What is published between two connections is not made up for.
     *
     * If the wait is cancelled or times out, the handler hears nothing more. If no other handler wants the pattern, the client
     * withdraws the request, and unsubscribes if the server may have agreed.
     */
    subscribe<Data = any>(
        pattern: string,
        handler: (message: ChannelMessage<Data>) => unknown,
        options?: SubscribeOptions,
    ): Promise<Subscription>;

    /** Publishes to a channel's other subscribers; resolves when the server has it. */
    publish(channel: string, data: unknown, options?: PublishOptions): Promise<void>;

    /**
     * Joins a room, now and on each later connection. Who joins it again gets the same object.
     *
     * A listener that is added as soon as this resolves misses no message. If the server removes the client before this
     * resolves, it rejects with an {@link RPCError} whose code is -32002.
     *
     * If the wait is cancelled or times out, others who have joined or wait for the same room keep it. If there are none, the
     * client withdraws the request, and leaves the room if the server may have agreed.
     */
    join(room: string, options?: JoinOptions): Promise<Room>;

    /**
     * Listens to what happens to the client. What a listener throws concerns nobody else: see {@link ClientEvents.error}.
     * @returns a function that ends it.
     */
    on<Event extends keyof ClientEvents>(event: Event, listener: ClientEvents[Event]): () => void;
}

/** What all errors of the client are. On its own: a method was called as one that streams, or the other way round. */
export class WebshocketError extends Error {}

/** The server's answer is an error (Protocol.md, "Errors"). */
export class RPCError extends WebshocketError {
    /** Such as -32601, method not found; -32602, invalid parameters; -32000, rate limited; -32002, access denied. */
    readonly code: number;
    /** What the method added for programs. */
    readonly data: any;
    /** How long to wait before trying again, if the server says so: from 0 to 604,800,000 ms, a week. */
    readonly retryAfter: number | undefined;
    /**
     * With code -32007, for what the server did not run because it shuts down, and that could not wait for the next
     * connection: `"notSent"`, or `"maybeExecuted"` if it was sent on an earlier connection. Otherwise `undefined`.
     */
    readonly delivery: Delivery | undefined;
}

/**
 * The message cannot be sent: a value is not one of JSON's, or the message exceeds the server's limits, as far as the server
 * has told them. Nothing was sent on this connection.
 */
export class EncodingError extends WebshocketError {
    /**
     * `"surrogate"`: a text, key or name has half of a surrogate pair without the other half. `"value"`: `NaN`, an infinity,
     * a `bigint`, a function, a symbol, an invalid date, an object that contains itself, or one whose content JSON leaves
     * out, such as a `Map`. `"depth"`, `"elements"`, `"bytes"`: the message nests too deep, has too many values and keys, or
     * too many bytes of UTF-8.
     */
    readonly code: "surrogate" | "value" | "depth" | "elements" | "bytes";
    /** The limit that is exceeded, for the last three codes. 64 levels and 65,536 values and keys unless the server says so. */
    readonly limit: number | undefined;
    readonly delivery: Delivery;
}

/** There is no connection, or it ended before the answer. */
export class ConnectionError extends WebshocketError {
    /** Of the close frame (RFC 6455, 7.4), 1006 without one; `undefined` where there was no connection. */
    readonly code: number | undefined;
    readonly reason: string;
    readonly delivery: Delivery;
}

/** No answer came in time. */
export class TimeoutError extends WebshocketError {
    readonly delivery: Delivery;
}

/** There is no connection, and as much waits for one as may; or a stream's server heeds no credit, and its consumer is slow. */
export class QueueFullError extends WebshocketError {
    readonly delivery: Delivery;
}
