const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

/** `14:05` */
export const timeOf = (at) => clock.format(at);

/** The full date and time, for a tooltip. */
export const fullTimeOf = (at) => full.format(at);

/** A key that is the same for all times of one day. */
export const dayKey = (at) => new Date(at).toDateString();

/** `Today`, `Yesterday`, `Monday, 3 March` */
export function dayName(at) {
  const days = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
  return days === 0 ? "Today" : days === 1 ? "Yesterday" : day.format(at);
}

const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);
