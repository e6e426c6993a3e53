/** Who one is, kept in the browser: a second window and a reload come back under the same name. */
const kept = "chat.session";

export const session = {
  /** `{ name, token, isAdmin }`, or null. */
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

  /** The rooms that this window is in. */
  get rooms() {
    const rooms = JSON.parse(sessionStorage.getItem("chat.rooms") ?? "[]");
    return rooms.length ? rooms : ["lobby"];
  },

  /** Such a room was joined. */
  remember(name) {
    sessionStorage.setItem("chat.rooms", JSON.stringify([...new Set(this.rooms).add(name)]));
  },

  /** It was left. */
  forget(name) {
    sessionStorage.setItem("chat.rooms", JSON.stringify(this.rooms.filter((other) => other !== name)));
  },
};

/** The secret of an admin's address, which is taken out of it: `#admin=…`. */
export function takeAdminKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("admin");
  if (key) history.replaceState(null, "", location.pathname);
  return key;
}

/** The room that the address names, `#tea`; nothing for none. */
export function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** Names a room in the address. */
export function showInAddress(room) {
  const address = `#${encodeURIComponent(room)}`;
  if (location.hash !== address) history.replaceState(null, "", address);
}
