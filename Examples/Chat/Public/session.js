/** The storage key of the session, which a reload and other windows of the browser share. */
const kept = "chat.session";

export const session = {
  /** The session as `{ name, token, isAdmin }`; only the name after it has ended, or null. */
  get current() {
    try {
      return JSON.parse(localStorage.getItem(kept));
    } catch {
      return null;
    }
  },

  set current(value) {
    if (value) localStorage.setItem(kept, JSON.stringify(value));
    else localStorage.removeItem(kept);
  },

  /** The names of the rooms that this window is in. */
  get rooms() {
    const rooms = JSON.parse(sessionStorage.getItem("chat.rooms") ?? "[]");
    return rooms.length ? rooms : ["lobby"];
  },

  /** Adds a room that was joined. */
  remember(name) {
    sessionStorage.setItem("chat.rooms", JSON.stringify([...new Set(this.rooms).add(name)]));
  },

  /** Removes a room that was left. */
  forget(name) {
    sessionStorage.setItem("chat.rooms", JSON.stringify(this.rooms.filter((other) => other !== name)));
  },
};

/** Returns the secret of an admin link, `#admin=…`, and removes it from the address. */
export function takeAdminKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("admin");
  if (key) history.replaceState(null, "", location.pathname);
  return key;
}

/** Returns the room in the address, such as `#tea`, without the `#`; an empty string if there is none. */
export function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** Shows the name of a room in the address. */
export function showInAddress(room) {
  const address = `#${encodeURIComponent(room)}`;
  if (location.hash !== address) history.replaceState(null, "", address);
}
