// Waits for events and conditions instead of fixed times.

/** Returns the error with which the promise rejects. Throws if it does not reject. */
export async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error("the promise was not rejected");
}

/** Returns the next value of an event of a client or a room. */
export function next(emitter, event, isWanted = () => true) {
    return new Promise((resolve) => {
        const off = emitter.on(event, (value) => {
            if (!isWanted(value)) return;
            off();
            resolve(value);
        });
    });
}

/** Polls the condition until it is true. */
export async function until(condition, within = 60_000) {
    const end = performance.now() + within;
    while (!(await condition())) {
        if (performance.now() > end) throw new Error(`not true within ${within} ms: ${condition}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Returns a name that no other test uses. */
let last = 0;
export const unique = (name) => `${name}-${process.pid}-${++last}`;
