// Abandoned subscriptions and rooms: the server and the client agree in the end, however their messages cross.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, RPCError, TimeoutError, WebshocketError } from "../../Sources/JavaScriptClient/webshocket.js";
import { scripted, watched } from "./support/script.js";

const member = (id, more) => ({ id, metadata: {}, ...more });

// Each test runs for channels and for rooms.
const kinds = [
    {
        ask: "__subscribe__",
        giveUp: "__unsubscribe__",
        grant: true,
        want: async (client, options) => {
            const { unsubscribe } = await client.subscribe("tea", () => {}, options);
            return unsubscribe;
        },
    },
    {
        ask: "__join__",
        giveUp: "__leave__",
        grant: [member(1, { you: true })],
        want: async (client, options) => {
            const room = await client.join("tea", options);
            return () => room.leave();
        },
    },
];

for (const { ask, giveUp, grant, want } of kinds) {
    const asks = `${ask} tea`;
    const givesUp = `${giveUp} tea`;

    /** Returns a client with a granted subscription or room, and the function that ends it. */
    async function granted(t, options) {
        const server = await scripted(t, options);
        const wanting = want(server.client);
        server.answer(ask, grant);
        return { ...server, end: await wanting };
    }

    test(`after a cancelled ${ask}, the client sends ${giveUp}, and a late response grants nothing`, async (t) => {
        const { client, asked, answer, settled, cut, open } = await scripted(t);
        const controller = new AbortController();
        const wanting = watched(want(client, { signal: controller.signal }));
        assert.deepEqual(asked(), [asks]);
        controller.abort("enough");
        await settled();
        assert.equal(wanting.error, "enough");
        assert.deepEqual(asked(), [asks, givesUp]);
        answer(ask, grant);
        await settled();
        await cut();
        await open();
        assert.deepEqual(asked(), []);
    });

    test(`${ask} has its own timeout, after which the client sends ${giveUp}`, async (t) => {
        const { client, asked, tick } = await scripted(t);
        const wanting = watched(want(client, { timeout: 50 }));
        await tick(49);
        assert.ok(wanting.isPending);
        assert.deepEqual(asked(), [asks]);
        await tick(1);
        assert.ok(wanting.error instanceof TimeoutError);
        assert.equal(wanting.error.delivery, "maybeExecuted");
        assert.deepEqual(asked(), [asks, givesUp]);
    });

    test(`${ask} is not abandoned while another declaration waits for it`, async (t) => {
        const { client, asked, answer, settled, tick } = await scripted(t);
        const controller = new AbortController();
        const first = watched(want(client, { signal: controller.signal }));
        const second = watched(want(client, { timeout: 50 }));
        const third = watched(want(client));
        controller.abort("enough");
        await tick(50);
        assert.equal(first.error, "enough");
        assert.ok(second.error instanceof TimeoutError);
        answer(ask, grant);
        await settled();
        assert.ok(third.isResolved);
        assert.deepEqual(asked(), [asks]);
    });

    test(`a cancelled ${ask} does not end an earlier declaration`, async (t) => {
        const { client, asked, settled, cut, open } = await granted(t);
        const controller = new AbortController();
        const second = watched(want(client, { signal: controller.signal }));
        controller.abort("enough");
        await settled();
        assert.equal(second.error, "enough");
        assert.deepEqual(asked(), [asks]);
        await cut();
        await open();
        assert.deepEqual(asked(), [asks]);
    });

    test(`${ask} is declared again while the cancelled request is in flight`, async (t) => {
        const { client, asked, answer, settled } = await scripted(t);
        const controller = new AbortController();
        const first = watched(want(client, { signal: controller.signal }));
        controller.abort("enough");
        await settled();
        const second = watched(want(client));
        assert.deepEqual(asked(), [asks, givesUp, asks]);
        answer(ask, grant);
        await settled();
        assert.equal(first.error, "enough");
        assert.ok(second.isPending);
        answer(ask, grant);
        await settled();
        assert.ok(second.isResolved);
        assert.deepEqual(asked(), [asks, givesUp, asks]);
    });

    test(`${ask} in the turn in which a pending declaration ends needs no ${giveUp}`, async (t) => {
        const { client, asked, answer, settled } = await scripted(t);
        const controller = new AbortController();
        watched(want(client, { signal: controller.signal }));
        controller.abort("enough");
        const second = watched(want(client));
        await settled();
        answer(ask, grant);
        await settled();
        assert.ok(second.isResolved);
        assert.deepEqual(asked(), [asks]);
    });

    test(`${ask} that is abandoned without a connection is not sent on the next one`, async (t) => {
        const { client, asked, cut, open, settled } = await scripted(t);
        const controllers = [new AbortController(), new AbortController()];
        // A request that was sent and waits to be sent again, and an unsent request.
        const sent = watched(want(client, { signal: controllers[0].signal }));
        await cut();
        const unsent = watched(want(client, { signal: controllers[1].signal }));
        for (const controller of controllers) controller.abort("enough");
        await settled();
        assert.deepEqual([sent.error, unsent.error], ["enough", "enough"]);
        await open();
        assert.deepEqual(asked(), []);
    });

    test(`${ask} waits for a connection for its own timeout, however long another declaration has waited`, async (t) => {
        const { client, asked, answer, cut, open, tick, settled } = await scripted(t, { connectTimeout: 600_000, callTimeout: 600_000 });
        await cut();
        const first = watched(want(client));
        await tick(20_000);
        const second = watched(want(client));
        await tick(10_000);
        assert.ok(first.error instanceof ConnectionError && second.isPending);
        await tick(10_000);
        await open();
        assert.deepEqual(asked(), [asks]);
        answer(ask, grant);
        await settled();
        assert.ok(second.isResolved);
    });

    test(`${ask} that is abandoned while a connection is prepared sends nothing before the preparation`, async (t) => {
        let prepare;
        const { client, sockets, asked, cut, open, settled } = await scripted(t, { prepare: () => prepare });
        const controller = new AbortController();
        watched(want(client, { signal: controller.signal }));
        let prepared;
        prepare = new Promise((resolve) => (prepared = resolve));
        await cut();
        await open();
        controller.abort("enough");
        await settled();
        prepared();
        await settled();
        assert.equal(client.state, "open");
        assert.deepEqual(sockets.last.sent.filter(({ rpc }) => rpc?.method !== "__hello__"), []);
        assert.deepEqual(asked(), []);
    });

    test(`${ask} with invalid options rejects, and nothing is sent then or later`, async (t) => {
        const { client, asked, cut, open, settled } = await scripted(t);
        const outcomes = [{ timeout: 0 }, { timeout: "soon" }, { signal: AbortSignal.abort("already") }]
            .map((options) => watched(want(client, options)));
        await settled();
        assert.deepEqual(outcomes.map(({ error }) => error?.name ?? error), ["RangeError", "RangeError", "already"]);
        await cut();
        await open();
        assert.deepEqual(asked(), []);
    });

    test(`a refused ${ask} rejects all declarations, and needs no ${giveUp}`, async (t) => {
        const { client, asked, answer, refuse, settled } = await scripted(t);
        const outcomes = [watched(want(client)), watched(want(client))];
        refuse(ask);
        await settled();
        assert.deepEqual(outcomes.map(({ error }) => error.code), [-32002, -32002]);
        assert.deepEqual(asked(), [asks]);
        const again = watched(want(client));
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
    });

    for (const [name, code] of [["a deadline", -32003], ["a cancellation", -32005], ["a reply too large", -32006]]) {
        test(`${ask} that fails with ${name} may have run, so the client sends ${giveUp}`, async (t) => {
            const { client, asked, refuse, settled } = await scripted(t);
            const wanting = watched(want(client));
            refuse(ask, -32603, { code });
            await settled();
            assert.equal(wanting.error.code, code);
            assert.deepEqual(asked(), [asks, givesUp]);
        });
    }

    test(`${giveUp} without a response is sent once more, and the next connection does not undo it`, async (t) => {
        const { asked, end, tick, cut, open, sockets, settled } = await granted(t);
        const ending = watched(end());
        await tick(30_000);
        assert.ok(ending.error instanceof TimeoutError);
        assert.deepEqual(asked(), [asks, givesUp, givesUp]);
        await tick(60_000);
        assert.equal(sockets.last.sent.at(-1).rpc.method, giveUp);
        await cut();
        await open();
        await settled();
        assert.deepEqual(asked(), []);
    });

    /** Returns a client with an abandoned request, and the function that refuses the request to undo it. */
    async function givenUp(t, options) {
        const server = await scripted(t, options);
        const controller = new AbortController();
        watched(want(server.client, { signal: controller.signal }));
        controller.abort("enough");
        await server.settled();
        return {
            ...server,
            refuseEnd: async (code, more) => {
                server.refuse(giveUp, code, more);
                await server.settled();
            },
            asksFor: (count) => assert.deepEqual(server.asked(), [asks, ...Array(count).fill(givesUp)]),
        };
    }

    test(`${giveUp} for an abandoned request is repeated after the pause that the server advises`, async (t) => {
        const { refuseEnd, asksFor, tick, answer, settled } = await givenUp(t);
        await refuseEnd(-32000, { retry_after: 2 });
        await tick(1999);
        asksFor(1);
        await tick(1);
        asksFor(2);
        answer(giveUp);
        await settled();
        await tick(600_000);
        asksFor(2);
    });

    test(`${giveUp} for an abandoned request is repeated after growing pauses of at least a second`, async (t) => {
        t.mock.method(Math, "random", () => 1);
        const { refuseEnd, asksFor, tick } = await givenUp(t, { reconnect: { base: 600, cap: 5000 } });
        const codes = [-32000, -32004, -32005, -32603, -32003];
        for (const [count, pause] of [1000, 1200, 2400, 4800, 5000].entries()) {
            await refuseEnd(codes[count]);
            await tick(pause - 1);
            asksFor(count + 1);
            await tick(1);
            asksFor(count + 2);
        }
    });

    test(`${giveUp} without a response is repeated while the server refuses it temporarily`, async (t) => {
        const { asked, end, tick, refuse, answer, settled } = await granted(t);
        watched(end());
        await tick(30_000);
        // The first of the two requests; its response is too late.
        answer(giveUp);
        refuse(giveUp, -32004);
        await settled();
        await tick(1000);
        assert.deepEqual(asked(), [asks, givesUp, givesUp, givesUp]);
        refuse(giveUp, -32002);
        await settled();
        await tick(600_000);
        assert.deepEqual(asked(), [asks, givesUp, givesUp, givesUp]);
    });

    test(`${giveUp} for an abandoned request is not repeated after a new declaration`, async (t) => {
        const { client, refuseEnd, asked, tick, answer, settled } = await givenUp(t);
        await refuseEnd(-32000);
        const again = watched(want(client));
        // The responses to the two requests.
        answer(ask, grant);
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
        await tick(600_000);
        assert.deepEqual(asked(), [asks, givesUp, asks]);
    });

    test(`${giveUp} for an abandoned request is not repeated if a later one was refused`, async (t) => {
        const { client, refuse, refuseEnd, asked, tick, answer, settled } = await givenUp(t);
        await refuseEnd(-32000);
        const wanting = want(client);
        answer(ask, grant);
        answer(ask, grant);
        const ending = watched((await wanting)());
        refuse(giveUp, -32000);
        await settled();
        assert.ok(ending.error instanceof RPCError);
        await tick(600_000);
        // It is still granted, so a new declaration needs no request.
        const again = watched(want(client));
        await settled();
        assert.ok(again.isResolved);
        assert.deepEqual(asked(), [asks, givesUp, asks, givesUp]);
    });

    test(`${giveUp} for an abandoned request is not repeated on another connection`, async (t) => {
        const { refuseEnd, asked, tick, cut, open } = await givenUp(t);
        await refuseEnd(-32000);
        await cut();
        await open();
        await tick(600_000);
        assert.deepEqual(asked(), []);
    });

    test(`${giveUp} that waits for the socket's buffer is sent although it times out`, async (t) => {
        const { asked, end, tick, sockets } = await granted(t);
        sockets.last.bufferedAmount = 1_000_000;
        const ending = watched(end());
        assert.deepEqual(asked(), [asks]);
        await tick(30_000);
        assert.ok(ending.error instanceof TimeoutError);
        assert.deepEqual(asked(), [asks, givesUp]);
    });

    test(`${giveUp} that waits for the socket's buffer is not sent on the next connection`, async (t) => {
        const { asked, end, settled, cut, open, sockets } = await granted(t);
        sockets.last.bufferedAmount = 1_000_000;
        const ending = watched(end());
        await cut();
        await open();
        await settled();
        assert.ok(ending.isResolved);
        assert.deepEqual(asked(), []);
    });

    test(`${giveUp} without a response does not fail a new declaration`, async (t) => {
        const { client, asked, end, tick, answer, settled } = await granted(t);
        const ending = watched(end());
        await tick(29_000);
        const again = watched(want(client));
        await tick(1000);
        assert.ok(ending.error instanceof TimeoutError);
        assert.ok(again.isPending);
        assert.deepEqual(asked(), [asks, givesUp, asks]);
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
    });

    test(`${giveUp} and ${ask} do not overtake each other`, async (t) => {
        const { client, asked, end, answer, settled } = await granted(t);
        const ending = watched(end());
        const again = watched(want(client));
        await settled();
        assert.ok(ending.isPending && again.isPending);
        assert.deepEqual(asked(), [asks, givesUp]);
        answer(giveUp);
        await settled();
        assert.ok(ending.isResolved && again.isPending);
        assert.deepEqual(asked(), [asks, givesUp, asks]);
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
    });

    test(`${ask} that is cancelled while ${giveUp} is in flight is never sent`, async (t) => {
        const { client, asked, end, answer, settled } = await granted(t);
        const ending = watched(end());
        const controller = new AbortController();
        const again = watched(want(client, { signal: controller.signal }));
        controller.abort("enough");
        await settled();
        answer(giveUp);
        await settled();
        assert.equal(again.error, "enough");
        assert.ok(ending.isResolved);
        assert.deepEqual(asked(), [asks, givesUp]);
    });

    test(`${ask} after ${giveUp} is sent on the next connection if this one ends`, async (t) => {
        const { client, asked, end, answer, settled, cut, open } = await granted(t);
        const ending = watched(end());
        const again = watched(want(client));
        await cut();
        assert.ok(ending.isResolved);
        await open();
        assert.deepEqual(asked(), [asks]);
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
    });

    test(`${giveUp} that is refused temporarily can be repeated, and the next connection does not restore the name`, async (t) => {
        const { client, asked, end, refuse, answer, settled, cut, open } = await granted(t);
        const first = watched(end());
        refuse(giveUp, -32000, { retry_after: 1 });
        await settled();
        assert.ok(first.error instanceof RPCError);
        assert.deepEqual(asked(), [asks, givesUp]);
        const second = watched(end());
        assert.deepEqual(asked(), [asks, givesUp, givesUp]);
        refuse(giveUp, -32000, { retry_after: 1 });
        await settled();
        assert.ok(second.error instanceof RPCError);
        await cut();
        await open();
        assert.deepEqual(asked(), []);
        const again = watched(want(client));
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
    });

    test(`${ask} that is granted on a new connection after ${giveUp} does not end a new declaration`, async (t) => {
        const { client, asked, end, answer, settled, cut, open } = await granted(t);
        await cut();
        await open();
        const ending = watched(end());
        answer(giveUp);
        await settled();
        assert.ok(ending.isResolved);
        const again = watched(want(client));
        assert.deepEqual(asked(), [asks, givesUp, asks]);
        // The responses to the two requests.
        answer(ask, grant);
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
        assert.deepEqual(asked(), [asks, givesUp, asks]);
    });

    test(`${ask} that is refused on a new connection after ${giveUp} does not end a new declaration`, async (t) => {
        const { client, asked, end, answer, refuse, settled, cut, open } = await granted(t);
        await cut();
        await open();
        watched(end());
        const again = watched(want(client));
        refuse(ask);
        answer(giveUp);
        await settled();
        assert.ok(again.isPending);
        answer(ask, grant);
        await settled();
        assert.ok(again.isResolved);
        assert.deepEqual(asked(), [asks, givesUp, asks]);
    });

    test(`${giveUp} without a connection resolves, and the next connection does not restore the name`, async (t) => {
        const { asked, end, settled, cut, open } = await granted(t);
        await cut();
        const ending = watched(end());
        await settled();
        assert.ok(ending.isResolved);
        await open();
        assert.deepEqual(asked(), []);
    });
}

test("leaving a room rejects pending joins", async (t) => {
    const { client, asked, answer, settled, open, cut } = await scripted(t);
    const joining = client.join("tea");
    answer("__join__", [member(1, { you: true })]);
    const room = await joining;
    const leaving = watched(room.leave());
    const again = watched(client.join("tea"));
    const leavingAgain = watched(room.leave());
    answer("__leave__");
    await settled();
    assert.ok(leaving.isResolved && leavingAgain.isResolved);
    assert.ok(again.error instanceof WebshocketError);
    assert.match(again.error.message, /left room 'tea'/);
    assert.deepEqual(asked(), ["__join__ tea", "__leave__ tea"]);
    await cut();
    await open();
    assert.deepEqual(asked(), []);
});

test("a room's listeners receive messages until the response to leave, and none after it", async (t) => {
    const { client, answer, publish, settled, tick } = await scripted(t);
    const joining = client.join("tea");
    answer("__join__", [member(1, { you: true }), member(2)]);
    const room = await joining;
    await tick(1);
    const heard = [];
    for (const event of ["join", "leave", "message"]) room.on(event, (value) => heard.push([event, value.data ?? value.id]));
    const leaving = watched(room.leave());
    publish("tea", "goodbye");
    publish("tea", member(2), "__leave__");
    answer("__leave__");
    await settled();
    publish("tea", "too late");
    publish("tea", member(3), "__join__");
    assert.ok(leaving.isResolved);
    assert.deepEqual(heard, [["message", "goodbye"], ["leave", 2]]);
});

test("a handler that another handler has ended does not receive the same message", async (t) => {
    const { client, answer, publish, settled } = await scripted(t);
    const heard = [];
    const subscriptions = [];
    for (const name of ["first", "second"]) {
        const subscribing = client.subscribe("tea", () => {
            heard.push(name);
            subscriptions[1].unsubscribe();
        });
        if (name === "first") answer("__subscribe__");
        subscriptions.push(await subscribing);
    }
    publish("tea", 1);
    publish("tea", 2);
    await settled();
    assert.deepEqual(heard, ["first", "first"]);
});

test("abandoned subscriptions do not affect other subscriptions of the same request", async (t) => {
    const { client, asked, answer, settled, cut, open } = await scripted(t);
    for (const name of ["a", "b"]) {
        const subscribing = client.subscribe(name, () => {});
        answer("__subscribe__");
        await subscribing;
    }
    const ending = client.subscribe("c", () => {});
    answer("__subscribe__");
    const { unsubscribe } = await ending;
    const restored = watched(new Promise((resolve) => client.on("restored", resolve)));
    await cut();
    await open();
    const given = watched(unsubscribe());
    answer("__unsubscribe__");
    answer("__subscribe__");
    await settled();
    assert.ok(given.isResolved);
    // The server may have processed the two in either order.
    assert.deepEqual(asked(), ["__subscribe__ a b c", "__unsubscribe__ c", "__unsubscribe__ c"]);
    assert.deepEqual(restored.value, { channels: ["a", "b"], rooms: [], refused: [] });
});

test("joins and leaves of an earlier connection do not change the members on the next one", async (t) => {
    const { client, answer, publish, cut, open } = await scripted(t);
    const joining = client.join("tea");
    publish("tea", member(3), "__join__");
    publish("tea", member(2), "__leave__");
    await cut();
    await open();
    answer("__join__", [member(2), member(1, { you: true })]);
    assert.deepEqual((await joining).members.map(({ id }) => id), [2, 1]);
});
