import { RPCError, WebshocketClient } from "/webshocket.js";
import { byID } from "./elements.js";
import { session } from "./session.js";

const nameTaken = 4_001;

/**
 * Asks for a name until the server accepts one.
 * @param former the previous session, if there was one: `{ name, token }`
 * @param {{ key: string | null }} admin the secret of an admin link, which may be set later
 * @returns {Promise<{ name, token, isAdmin }>}
 */
export function comeIn({ words, former, admin }) {
  byID("app").hidden = true;
  byID("welcome").hidden = false;
  byID("admin-hint").hidden = !admin.key;
  byID("welcome-words").textContent = words || "Choose a name to join the chat.";
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
  // If the user joins in another window, this window joins too.
  const waiting = new AbortController();
  const follow = () => !admin.key && session.current?.token && resolve(session.current);
  addEventListener("storage", follow, { signal: waiting.signal });
  return promise.finally(() => waiting.abort());
}

function say(words) {
  byID("login-error").textContent = words;
  byID("name").setAttribute("aria-invalid", words !== "");
}

/** Logs in. If an admin link is used with the name of the user's own session, that session is ended first. */
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

/** Signs out of a session, and waits a moment until the server has closed its connections. */
async function signOut(token) {
  const client = new WebshocketClient("/chat", { token, reconnect: false, callTimeout: 2_000 });
  await client.connect().then(() => client.sendRPC("signOut")).catch(() => {});
  await client.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
}

/** Requests a name on a guest connection, which is used for this call only. */
async function askForName(name, adminKey) {
  const guest = new WebshocketClient("/chat?guest", { reconnect: false, callTimeout: 10_000 });
  try {
    await guest.connect();
    return await guest.sendRPC("login", [name, adminKey ?? null]);
  } finally {
    await guest.close();
  }
}

function kind(error) {
  if (!(error instanceof RPCError)) return "The chat cannot be reached. Please try again in a moment.";
  if (error.retryAfter === undefined) return error.message;
  return `Too many attempts. Please try again in ${Math.ceil(error.retryAfter / 1_000)} s.`;
}
