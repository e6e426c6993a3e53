// The TypeScript declarations of webshocket.js. All times are in milliseconds.

/** Arguments of a method: a list by position, or an object by name. {@link WebshocketClient.sendRPC} describes their encoding. */
export type Arguments = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The state of a client. It is also `"closed"` after the last attempt to reconnect has failed. */
export type ClientState = "idle" | "connecting" | "open" | "waiting" | "closed";

/**
 * Whether the server may have received a message, and thus whether it is safe to send it again. `"notSent"`: the message never
 * left this client. `"maybeExecuted"`: the message was handed to the system, and the method may have run or may be running.
 */
export type Delivery = "notSent" | "maybeExecuted";

/**
 * The number of attempts to connect, and the pauses between them. Advice from a server can only lengthen a pause, up to a week
 * (Protocol.md, "Reconnection").
 */
export interface RetryPolicy {
    /** The maximum pause after the first failure; the pause is a random part of it. 500 if absent. */
    base?: number;
    /** The limit of the maximum pause, which doubles with each failure; from `base` to a day. 30,000 if absent. */
    cap?: number;
    /** The number of consecutive attempts, including the first one of `connect({ retry })`. Unlimited if absent. */
    attempts?: number;
    /** How long a connection must have been open to reset the pauses to `base`. 10,000 if absent. */
    healthyAfter?: number;
}

/** The options of a client. All have a default. */
export interface ClientOptions {
    /**
     * The token that the client sends first on each connection (Protocol.md, "Authentication"), or a function that returns it,
     * which is called for each connection. If the server does not use tokens, the token is ignored.
     *
     * If the server reports when the admission expires, the client calls the function for another token one to two minutes
     * before, at random (a quarter to a half of a lifetime below four minutes), and sends it on the same connection. If that
     * fails, or the token extends the admission by less than half of the remaining time, the client emits `"error"` and
     * retries after growing pauses while there is time.
     *
     * If the server refuses a fixed token, the client closes and does not retry. If it refuses a function's token, a client that
     * reconnects, or connects with `retry`, retries once with another token. It also reconnects after an admission has expired.
     */
    token?: string | (() => string | undefined | Promise<string | undefined>);
    /** The policy to reconnect after the connection is lost; `false` for never. A server's advice can only lengthen pauses. */
    reconnect?: RetryPolicy | false;
    /** The limits of the offline queue, which holds calls and messages while there is no connection. 0 `items` turn it off. */
    offlineQueue?: {
        /** The maximum number of calls and messages. 1,024 if absent. */
        items?: number;
        /** The maximum total size, in bytes of UTF-8. 1,048,576 if absent. */
        bytes?: number;
        /** The maximum time that each of them waits. 30,000 if absent. */
        timeToLive?: number;
    };
    /** How long a call waits for its response: 30,000 if absent; `Infinity` for no timeout while the connection is open. */
    callTimeout?: number;
    /**
     * The timeout for each step of an attempt to connect: for `token`, for the connection, for the server's response to the
     * token, and for `prepare`. The client waits equally long for the response to `__hello__`; without a response it continues
     * with default limits. 10,000 if absent.
     */
    connectTimeout?: number;
    /**
     * The client sends a ping after a silence of `interval` (25,000 if absent). If no sign of life arrives within `timeout`
     * (20,000 if absent), it drops the connection and reconnects. `false` for no heartbeat.
     *
     * After a silence longer than both together, for example when a page was suspended, calls and messages wait until the
     * server has responded to a `__ping__`. If it does not respond, they are sent on the next connection.
     *
     * Any message is a sign of life. A page cannot see pongs. So if a server reads nothing for that long, the client treats
     * it as lost. A page cannot see partial messages either. While a call or a
     * stream is pending, the client waits for another `timeout`, because a large response may be in transit on a slow line.
     * If responses take longer than that to arrive, set a longer `timeout`.
     */
    heartbeat?: { interval?: number; timeout?: number } | false;
    /** The server's syntax of patterns (Protocol.md, "Patterns"). `"segments"` if absent. */
    patterns?: "segments" | "globs";
    /**
     * A function that runs first on each connection, after the token and before all queued messages. It must use the client
     * that is passed to it: calls of the {@link WebshocketClient} itself wait until the function has returned. If it throws, the
     * attempt fails. An {@link RPCError} that would occur again on the next connection ends all attempts.
     */
    prepare?: (client: PreparingClient) => unknown;
    /** The WebSocket class; the global `WebSocket` if absent. For Node before version 22, pass the class of the `ws` package. */
    WebSocket?: new (url: string) => unknown;
}

/** The operations that {@link ClientOptions.prepare} may use. */
export type PreparingClient = Pick<WebshocketClient, "sendRPC" | "streamRPC" | "notify" | "send">;

/** The options of a call. */
export interface CallOptions {
    /**
     * How long to wait for the response, including time without a connection; `Infinity` for no timeout. The client sends the
     * timeout to the server.
     */
    timeout?: number;
    /** Ends the call with the signal's reason, and aborts it on the server. */
    signal?: AbortSignal;
    /**
     * Whether the call may run more than once. If so, it is sent again if the connection ends before its response, at most 5
     * times, because the call itself may end the connections. Errors after the first retry have `"maybeExecuted"`.
     */
    idempotent?: boolean;
}

/** The options of a stream. */
export interface StreamOptions {
    /** How many elements the server may send ahead of the consumer before it waits, from 1 to 65,536. 64 if absent. */
    credit?: number;
    /** How long the stream may take until its end. The server gets it too. No timeout if absent. */
    timeout?: number;
    /** Ends the stream at once, with the signal's reason, and aborts it on the server. */
    signal?: AbortSignal;
}

/** The options of a message without a response. */
export interface SendOptions {
    /** How long the message may wait for a connection; the `timeToLive` of `offlineQueue` if absent. */
    timeToLive?: number;
}

/** The options of {@link WebshocketClient.publish}. */
export interface PublishOptions extends CallOptions {
    /** The event name. It must not begin with `__`. */
    event?: string;
}

/** The options of {@link WebshocketClient.join}. */
export interface JoinOptions {
    /**
     * How long to wait for the server's response, including time without a connection; the client's `callTimeout` if absent,
     * `Infinity` for no timeout. After that time, the promise rejects with a {@link TimeoutError}.
     */
    timeout?: number;
    /** Ends the wait with the signal's reason. After the response, the signal has no effect. */
    signal?: AbortSignal;
}

/** The options of {@link WebshocketClient.subscribe}. */
export interface SubscribeOptions extends JoinOptions {
    /** Called if the subscription ends because the server refuses it on a later connection. */
    ended?: (error: RPCError | EncodingError) => void;
}

/** A message that is not a response. */
export interface Message<Data = unknown> {
    source: "broadcast" | "channel" | "unknown" | "custom";
    /** The channel of a channel message. */
    channel: string | undefined;
    /** The event name, if there is one. */
    event: string | undefined;
    /** The payload; `null` if there is none. */
    data: Data;
    /** The time at which the sender sent it, if the sender set it. */
    timestamp: Date | undefined;
    /** An ID that the application defines. */
    correlationID: string | undefined;
}

/** A message of a channel or a room. */
export interface ChannelMessage<Data = unknown> extends Message<Data> {
    source: "channel";
    channel: string;
}

/** A member of a room, as the other members see it. */
export interface RoomMember<Metadata = Record<string, unknown>> {
    /** The ID of the connection. */
    id: number;
    /** The user ID, if the server knows it. */
    user?: string;
    metadata: Metadata;
    /** `true` for this client, and absent for all other members, in `"join"` events, and with older servers. */
    you?: true;
}

/** The channels and rooms that were restored on a new connection. */
export interface ClientRestoration {
    /** The channels and patterns that the client is subscribed to again. */
    channels: string[];
    /** The rooms that the client is a member of again. */
    rooms: string[];
    /**
     * The names that were refused, with the server's error, or with an {@link EncodingError} if the request exceeds the server's
     * limits. They are not requested again.
     */
    refused: { name: string; error: RPCError | EncodingError }[];
}

/** The events of {@link WebshocketClient.on}. */
export interface ClientEvents {
    /** The state has changed. */
    state: (state: ClientState) => void;
    /** The connection is open and prepared. */
    open: () => void;
    /**
     * The connection was lost, or an attempt to connect failed, because of the error. The next attempt, number `attempt` in a
     * row, begins in `delay` milliseconds, at the date `until`.
     */
    waiting: (wait: { until: Date; delay: number; attempt: number; error: Error }) => void;
    /** The subscriptions and rooms were requested again on a new connection, and the server has responded. */
    restored: (restoration: ClientRestoration) => void;
    /** The client is closed and does not reconnect. `error` is the cause, or `undefined` after `close()`. */
    close: (closing: { error: Error | undefined }) => void;
    /** A message that is not a response has arrived. This includes messages of channels and rooms that have handlers. */
    message: (message: Message) => void;
    /**
     * One of these errors: an error that a listener or a handler threw, or with which its promise rejected; an error that the
     * server sent in response to a message that is not a call; a malformed message from the server; a failed renewal of a
     * token, with the error as `cause`. If there is no listener, an error of the first kind is reported like an uncaught error
     * (`reportError`), and the others are dropped.
     */
    error: (error: unknown) => void;
}

/** A running stream. It can be iterated once. */
export interface ReplyStream<Element = unknown> extends AsyncIterableIterator<Element> {
    next(): Promise<IteratorResult<Element, undefined>>;
    /** Ends the stream, on the client and on the server. Leaving a `for await` loop calls it. */
    return(value?: unknown): Promise<IteratorResult<Element, undefined>>;
    throw(error?: unknown): Promise<IteratorResult<Element, undefined>>;
    [Symbol.asyncIterator](): ReplyStream<Element>;
}

/** The subscription of one handler to a channel or a pattern. */
export interface Subscription {
    readonly pattern: string;
    /**
     * Ends the subscription. The handler receives no messages after this call. If it was the last handler of the pattern, the
     * client unsubscribes; without a connection, it does not request the pattern on the next one.
     *
     * Rejects if the server refuses or does not respond. In both cases, the pattern is not requested on the next connection.
     * After a refusal, messages may still arrive on this connection, and another call retries.
     */
    unsubscribe(): Promise<void>;
}

/**
 * A room that the client has joined. The client joins it again on each connection, until it leaves or the server removes it.
 * Then this object has ended for good: `publish` rejects, and another {@link WebshocketClient.join} returns another object.
 */
export interface Room {
    readonly name: string;
    /**
     * The members, including this client, in the order in which they joined; a new array after each change. Empty if the
     * server does not announce members.
     *
     * The client keeps up to 100,000 members of a room, and up to 10,000 joins and leaves that arrive before the list of
     * members. If a server sends more, the client ends the connection and connects again after a pause.
     */
    readonly members: readonly RoomMember[];
    /**
     * Listens for members that join or leave, including changes that the client detects only after a reconnect.
     * @returns a function that removes the listener
     */
    on(event: "join" | "leave", listener: (member: RoomMember) => void): () => void;
    /**
     * Listens for all messages that are published to the room.
     * @returns a function that removes the listener
     */
    on(event: "message", listener: (message: ChannelMessage<any>) => void): () => void;
    /**
     * Listens for the end of the room: the server has removed the client, or has refused it on a new connection. If the server
     * does not announce members, the client detects a removal only if it is refused on the next connection.
     * @returns a function that removes the listener
     */
    on(event: "ended", listener: (error: RPCError | EncodingError) => void): () => void;
    /**
     * Listens for messages with this event name. Published messages that are named `join`, `leave`, `message` or `ended` go to
     * the listeners for `"message"` only.
     * @returns a function that removes the listener
     */
    on(event: string, listener: (message: ChannelMessage<any>) => void): () => void;
    /**
     * Publishes to the other members and subscribers of the room. Rejects like {@link WebshocketClient.publish}. If the room has
     * ended, it sends nothing and rejects: with the error of `"ended"`, or with a {@link WebshocketError} if the client has left.
     */
    publish(data: unknown, options?: PublishOptions): Promise<void>;
    /**
     * Leaves the room, for all code in this client that has joined it; a pending `join` rejects with a {@link WebshocketError}.
     * Listeners are not called after the promise has resolved. Rejects like {@link Subscription.unsubscribe}.
     */
    leave(): Promise<void>;
}

/**
 * A client of one path of a server.
 *
 * Every promise settles: a call ends with its response, its timeout, its signal or, after it was sent, with its connection.
 * Promises reject with a {@link WebshocketError} or the reason of a signal. For invalid arguments and options, including unknown
 * option names, they reject with a `TypeError` or `RangeError`; then nothing was sent.
 */
export class WebshocketClient {
    /**
     * Creates a client; `connect()` connects it.
     * @param url a `ws:`, `wss:`, `http:` or `https:` URL; in a page also a path of the page's own host, or nothing for `/`
     * @throws TypeError or RangeError for an invalid URL or option.
     */
    constructor(url?: string | URL, options?: ClientOptions);

    /** The current state. */
    readonly state: ClientState;
    /** The number of calls and messages that wait to be sent, and their size in bytes of UTF-8. */
    readonly queued: { items: number; bytes: number };
    /** When the next attempt begins, while the client waits for it. */
    readonly waitingUntil: Date | undefined;

    /**
     * Connects; resolves when the connection is open and prepared. If the client waits for its next attempt, the attempt begins
     * now.
     * @param options `retry` is the policy if the first attempt fails: absent or `false` for no retry, `true` for the policy of
     *     `reconnect`, or its defaults if that is `false`. `signal` ends the wait. When the last pending `connect` is aborted
     *     before a first connection, the attempts end.
     */
    connect(options?: { retry?: RetryPolicy | boolean; signal?: AbortSignal }): Promise<void>;

    /** Closes the connection, and ends all pending calls and attempts. Resolves when the server has answered, or after 5 s. */
    close(): Promise<void>;

    /**
     * Sends another token on this connection. Unless the option `token` is a function, later connections use it too: after it is
     * accepted, or at once if there is no connection. Resolves when it is accepted, or at once if the client is idle or closed.
     */
    authenticate(token: string): Promise<void>;

    /**
     * Calls a method, and resolves with its result.
     *
     * Values are encoded as JSON. A received integer beyond ±2^53 is rounded to the nearest JavaScript number, so send such IDs
     * as strings. Bytes (`ArrayBuffer` and its views) are sent as base64, and are received as base64 strings. Dates are sent and
     * received as ISO 8601 strings. `undefined` is omitted from objects, and is `null` in lists. Values that JSON or the server
     * does not support are refused with {@link EncodingError}.
     *
     * Rejects with {@link RPCError}, {@link TimeoutError}, {@link ConnectionError}, {@link QueueFullError},
     * {@link EncodingError}, or the signal's reason. Without a connection, and while the server shuts down, the call waits for a
     * connection if the queue has room.
     */
    sendRPC<Result = any>(method: string, args?: Arguments, options?: CallOptions): Promise<Result>;

    /**
     * Calls a streaming method. Nothing is sent before the first element is requested. A slow consumer applies backpressure to
     * the server, and leaving the loop cancels the method.
     *
     * An error is thrown after the elements that precede it. It is one of the errors of {@link sendRPC}.
     * @throws TypeError or RangeError for invalid arguments, {@link EncodingError} for values that JSON does not support.
     */
    streamRPC<Element = any>(method: string, args?: Arguments, options?: StreamOptions): ReplyStream<Element>;

    /** Calls a method without a response, so its outcome is unknown. Resolves when the message was handed to the system. */
    notify(method: string, args?: Arguments, options?: SendOptions): Promise<void>;

    /** Sends a message that is not a call, optionally with an event name. Resolves when it was handed to the system. */
    send(data: unknown, options?: SendOptions & { event?: string }): Promise<void>;

    /**
     * Subscribes to a channel or a pattern, on this and each later connection; resolves when the server has accepted. All
     * handlers of one pattern share one subscription. Messages that are published between two connections are not delivered.
     *
     * If the wait is cancelled or times out, the handler receives no messages. If no other handler wants the pattern, the client
     * withdraws the request, and unsubscribes if the server may have accepted.
     */
    subscribe<Data = any>(
        pattern: string,
        handler: (message: ChannelMessage<Data>) => unknown,
        options?: SubscribeOptions,
    ): Promise<Subscription>;

    /** Publishes to the other subscribers of a channel; resolves when the server has accepted the message. */
    publish(channel: string, data: unknown, options?: PublishOptions): Promise<void>;

    /**
     * Joins a room, on this and each later connection. If the room is joined again, the same object is returned.
     *
     * A listener that is added as soon as the promise resolves misses no message. If the server removes the client before the
     * promise resolves, it rejects with an {@link RPCError} with code -32002.
     *
     * If the wait is cancelled or times out, other callers that have joined or wait for the room keep it. If there are none, the
     * client withdraws the request, and leaves the room if the server may have accepted.
     */
    join(room: string, options?: JoinOptions): Promise<Room>;

    /**
     * Adds a listener for an event of the client. If a listener throws, {@link ClientEvents.error} is emitted, and the other
     * listeners are still called.
     * @returns a function that removes the listener.
     */
    on<Event extends keyof ClientEvents>(event: Event, listener: ClientEvents[Event]): () => void;
}

/**
 * The base class of the client's errors. The class itself is used if a streaming method is called with `sendRPC`, if another
 * method is called with `streamRPC`, and for the end of a room that the client has left.
 */
export class WebshocketError extends Error {}

/** The server responded with an error (Protocol.md, "Errors"). */
export class RPCError extends WebshocketError {
    /** For example -32601, method not found; -32602, invalid parameters; -32000, rate limited; -32002, access denied. */
    readonly code: number;
    /** Machine-readable details that the method added. */
    readonly data: any;
    /** How long to wait before a retry, if the server advises it: from 0 to 604,800,000 ms, a week. */
    readonly retryAfter: number | undefined;
    /**
     * Set with code -32007, if the server did not run the call because it shuts down, and the call could not wait for the next
     * connection: `"notSent"`, or `"maybeExecuted"` if it was sent on an earlier connection. Otherwise `undefined`.
     */
    readonly delivery: Delivery | undefined;
}

/**
 * The message cannot be sent: JSON does not support a value, or the message exceeds the limits that the server has announced.
 * Nothing was sent on this connection.
 */
export class EncodingError extends WebshocketError {
    /**
     * `"surrogate"`: a string, key or name has a lone surrogate. `"value"`: `NaN`, an infinity, a `bigint`, a function, a symbol,
     * an invalid date, an object that contains itself, or an object without JSON content, such as a `Map`. `"depth"`,
     * `"elements"`, `"messageSize"`: the message is nested too deeply, has too many values and keys, or too many bytes of UTF-8.
     */
    readonly code: "surrogate" | "value" | "depth" | "elements" | "messageSize";
    /** The limit that was exceeded, for the last three codes. By default 64 levels and 65,536 values and keys. */
    readonly limit: number | undefined;
    readonly delivery: Delivery;
}

/** There is no connection, or it ended before the response. */
export class ConnectionError extends WebshocketError {
    /** The close code (RFC 6455, section 7.4); 1006 without a close frame, and `undefined` if there was no connection. */
    readonly code: number | undefined;
    readonly reason: string;
    readonly delivery: Delivery;
}

/** No response arrived in time. */
export class TimeoutError extends WebshocketError {
    readonly delivery: Delivery;
}

/** The offline queue is full; or a stream's server ignores credit, and the stream's consumer is too slow. */
export class QueueFullError extends WebshocketError {
    readonly delivery: Delivery;
}
