import { RPCError, WebshocketClient } from "/webshocket.js";
import { byID } from "./elements.js";
import { session } from "./session.js";

const nameTaken = 4_001;

/**
 * Asks for a name until the server has given it.
 * @param former the session before, if there was one: `{ name, token }`
 * @param {{ key: string | null }} admin the secret of an admin's address, which may still come
 * @returns {Promise<{ name, token, isAdmin }>}
 */
export function comeIn({ words, former, admin }) {
  byID("app").hidden = true;
  byID("welcome").hidden = false;
  byID("admin-hint").hidden = !admin.key;
  byID("welcome-words").textContent = words || "Choose a name, and talk with whoever is here.";
  const field = byID("name");
  field.value = former?.name ?? "";
  field.focus();
  document.title = "Chat";
  const { promise, resolve } = Promise.withResolvers();
  const button = byID("login").querySelector("button");
  byID("login").onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const given = await login(field.value, admin.key, former);
      say("");
      resolve(given);
    } catch (error) {
      say(kind(error));
      field.select();
    }
    button.disabled = false;
  };
  // Who comes in by another window is in here too.
  const waiting = new AbortController();
  const follow = () => !admin.key && session.current?.token && resolve(session.current);
  addEventListener("storage", follow, { signal: waiting.signal });
  return promise.finally(() => waiting.abort());
}

function say(words) {
  byID("login-error").textContent = words;
  byID("name").setAttribute("aria-invalid", words !== "");
}

/** Comes in; who comes as admin under the name that they have gives it back before. */
async function login(name, adminKey, former) {
  for (let triesLeft = 10; ; triesLeft -= 1) {
    try {
      return await askForName(name, adminKey);
    } catch (error) {
      const isOwn = former?.token && former.name.toLowerCase() === name.trim().toLowerCase();
      if (error.code !== nameTaken || !isOwn || triesLeft === 0) throw error;
      await signOut(former.token);
    }
  }
}

/** Ends all connections of a session; it takes a moment until the server has seen the last of them go. */
async function signOut(token) {
  const client = new WebshocketClient("/chat", { token, reconnect: false, timeout: 2_000 });
  await client.connect().then(() => client.call("signOut")).catch(() => {});
  await client.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
}

/** One who has no name yet has a connection of their own, for that one call. */
async function askForName(name, adminKey) {
  const guest = new WebshocketClient("/chat?guest", { reconnect: false, timeout: 10_000 });
  try {
    await guest.connect();
    return await guest.call("login", [name, adminKey ?? null]);
  } finally {
    await guest.close();
  }
}

function kind(error) {
  if (!(error instanceof RPCError)) return "The chat cannot be reached. Please try again in a moment.";
  if (error.retryAfter === undefined) return error.message;
  return `That was often. Please try again in ${Math.ceil(error.retryAfter / 1_000)} s.`;
}
