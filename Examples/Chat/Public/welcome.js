import { RPCError, WebshocketClient } from "/webshocket.js";
import { byID } from "./elements.js";

/**
 * Asks for a name until the server has given it.
 * @returns {Promise<{ name, token, isAdmin }>}
 */
export function comeIn({ words, name = "", adminKey }) {
  byID("app").hidden = true;
  byID("welcome").hidden = false;
  byID("admin-hint").hidden = !adminKey;
  if (words) byID("welcome-words").textContent = words;
  const field = byID("name");
  field.value = name;
  field.focus();
  document.title = "Chat";
  const { promise, resolve } = Promise.withResolvers();
  const button = byID("login").querySelector("button");
  byID("login").onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const session = await login(field.value, adminKey);
      say("");
      resolve(session);
    } catch (error) {
      say(kind(error));
      field.select();
    }
    button.disabled = false;
  };
  return promise;
}

function say(words) {
  byID("login-error").textContent = words;
  byID("name").setAttribute("aria-invalid", words !== "");
}

/** One who has no name yet has a connection of their own, for that one call. */
async function login(name, adminKey) {
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
