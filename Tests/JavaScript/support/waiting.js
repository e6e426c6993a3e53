// Waiting for what happens, instead of for a time.

/** What the promise is rejected with; fails where it is not. */
export async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error("it was not rejected");
}

/** The next value that a client, or a room, tells its listeners. */
export function next(emitter, event, isWanted = () => true) {
    return new Promise((resolve) => {
        const off = emitter.on(event, (value) => {
            if (!isWanted(value)) return;
            off();
            resolve(value);
        });
    });
}

/** Asks again and again until the answer is true. */
export async function until(condition, within = 60_000) {
    const end = performance.now() + within;
    while (!(await condition())) {
        if (performance.now() > end) throw new Error(`not so after ${within} ms: ${condition}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** A name that no other test has. */
let last = 0;
export const unique = (name) => `${name}-${process.pid}-${++last}`;
