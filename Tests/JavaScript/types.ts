// Uses each declaration of webshocket.d.ts. This file is compiled, but never run.

import {
    type Arguments, type CallOptions, type ChannelMessage, type ClientEvents, type ClientOptions, type ClientRestoration,
    type ClientState, ConnectionError, type Delivery, EncodingError, type JoinOptions, type Message, type PreparingClient,
    type PublishOptions, QueueFullError, type ReplyStream, type RetryPolicy, type Room, type RoomMember, RPCError,
    type SendOptions, type StreamOptions, type SubscribeOptions, type Subscription, TimeoutError, WebshocketClient,
    WebshocketError,
} from "../../Sources/JavaScriptClient/webshocket";

interface Point {
    x: number;
    y: number;
}

const retry: RetryPolicy = { base: 1, cap: 2, attempts: 3, healthyAfter: 4 };
const options: ClientOptions = {
    token: async () => "token",
    reconnect: retry,
    offlineQueue: { items: 1, bytes: 2, timeToLive: 3 },
    callTimeout: 1,
    connectTimeout: 2,
    heartbeat: { interval: 1, timeout: 2 },
    patterns: "globs",
    prepare: async (client: PreparingClient) => {
        await client.sendRPC("login", ["ann"]);
        await client.notify("a");
        await client.send(1);
        for await (const _ of client.streamRPC<number>("a")) break;
        // @ts-expect-error: `prepare` cannot subscribe
        client.subscribe("a", () => {});
    },
    WebSocket,
};
const others: ClientOptions[] = [{ token: "a", reconnect: false, heartbeat: false }, { token: () => undefined, prepare() {} }, {}];
// @ts-expect-error: unknown syntax
const wrong: ClientOptions = { patterns: "regex" };

export async function use(signal: AbortSignal): Promise<void> {
    const client = new WebshocketClient("ws://localhost", options);
    new WebshocketClient();
    new WebshocketClient(new URL("ws://localhost"), others[0]);
    const state: ClientState = client.state;
    const queued: { items: number; bytes: number } = client.queued;
    const until: number | undefined = client.waitingUntil?.getTime();
    // @ts-expect-error: the property is read-only
    client.state = "open";
    await client.connect();
    await client.connect({ retry: true, signal });
    await client.connect({ retry });

    const list: Arguments = [1, "two", null];
    const call: CallOptions = { timeout: Infinity, signal, idempotent: true };
    const sum: number = await client.sendRPC<number>("add", [1, 2], call);
    const point = await client.sendRPC<Point>("point", { x: 1, y: 2 });
    const y: number = point.y;
    const anything: string = await client.sendRPC("any", list);
    // @ts-expect-error: arguments must be a list or an object
    await client.sendRPC("add", 1);
    // @ts-expect-error: unknown option
    await client.sendRPC("add", [], { retries: 1 });

    const flow: StreamOptions = { credit: 1, timeout: 2, signal };
    const stream: ReplyStream<Point> = client.streamRPC<Point>("points", [], flow);
    for await (const { x } of stream) console.log(x + 1);
    const { done, value } = await stream.next();
    if (!done) console.log(value.x);
    await stream.return();
    await stream.throw(new Error("enough"));

    const sending: SendOptions = { timeToLive: 1 };
    await client.notify("a", { b: 1 }, sending);
    await client.send({ a: 1 }, { event: "moved", timeToLive: 1 });
    await client.authenticate("token");

    const subscription: Subscription = await client.subscribe<Point>("points.*", (message: ChannelMessage<Point>) => {
        const channel: string = message.channel;
        console.log(channel, message.data.x, message.event?.length, message.source === "channel");
    }, { ended: (error: RPCError | EncodingError) => console.log(error.code) });
    console.log(subscription.pattern);
    await subscription.unsubscribe();
    const joining: JoinOptions = { timeout: Infinity, signal };
    const subscribing: SubscribeOptions = { ...joining, ended: (error) => console.log(error instanceof RPCError && error.retryAfter) };
    await client.subscribe("any", () => {}, subscribing);
    await client.subscribe("any", async ({ data }) => data.whatever);
    const publishing: PublishOptions = { event: "e", timeout: 1, signal, idempotent: true };
    await client.publish("a", 1, publishing);

    const room: Room = await client.join("room", joining);
    const members: readonly RoomMember[] = room.members;
    const own: RoomMember | undefined = members.find(({ you }) => you === true);
    console.log(room.name, own?.id, members.map(({ id, user, metadata }) => [id + 1, user?.length, metadata.mood]));
    // @ts-expect-error: the list of members is read-only
    room.members.push({ id: 1, metadata: {} });
    const offs: (() => void)[] = [
        room.on("join", (member) => console.log(member.id)), room.on("leave", (member: RoomMember) => console.log(member.user)),
        room.on("message", ({ data }) => console.log(data)), room.on("ended", (error) => console.log(error.code)),
        room.on("says", ({ channel, data }) => console.log(channel.length, data)),
    ];
    for (const off of offs) off();
    await room.publish("hello", { event: "says" });
    await room.leave();

    client.on("state", (state: ClientState) => console.log(state));
    client.on("open", () => {});
    client.on("waiting", ({ until, delay, attempt, error }) => console.log(until.getTime() + delay + attempt, error.message));
    client.on("restored", ({ channels, rooms, refused }: ClientRestoration) =>
        console.log(channels.length, rooms.length, refused[0]?.error.code));
    client.on("close", ({ error }) => console.log(error?.message));
    client.on("message", (message: Message) => console.log(message.source, message.timestamp?.getTime(), message.correlationID));
    client.on("error", (error) => console.log(error));
    const listener: ClientEvents["open"] = () => {};
    client.on("open", listener);
    // @ts-expect-error: unknown event
    client.on("opened", listener);

    try {
        await client.close();
    } catch (error) {
        if (error instanceof RPCError) console.log(error.code + 1, error.data, error.retryAfter, error.delivery?.length);
        else if (error instanceof EncodingError) console.log(error.code === "depth", error.limit, error.delivery);
        else if (error instanceof ConnectionError) console.log(error.code, error.reason.length, error.delivery);
        else if (error instanceof TimeoutError || error instanceof QueueFullError) {
            const delivery: Delivery = error.delivery;
            console.log(delivery === "notSent");
        } else if (error instanceof WebshocketError) console.log(error.message);
    }
    console.log(state, queued, until, sum, y, anything, wrong);
}
