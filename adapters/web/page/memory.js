// What the browser keeps: who this is, and what the server has not confirmed yet.

const SESSION = "tifo.session";
const PENDING = "tifo.pending.";

const fallback = new Map();

/** localStorage, or for this page's life only where the browser forbids it. */
const storage = (() => {
  try {
    localStorage.setItem("tifo.probe", "");
    localStorage.removeItem("tifo.probe");
    return localStorage;
  } catch {
    return {
      getItem: (key) => fallback.get(key) ?? null,
      setItem: (key, value) => fallback.set(key, value),
      removeItem: (key) => fallback.delete(key),
    };
  }
})();

const keys = () => (storage === globalThis.localStorage ? Object.keys(storage) : [...fallback.keys()]);

/** Random bytes in base64url. */
export function makeId(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The secret by which the server knows this browser: 192 random bits. */
export function readSession() {
  let session = storage.getItem(SESSION);
  if (!session) {
    session = makeId(24);
    storage.setItem(SESSION, session);
  }
  return session;
}

/** Frames that are to be sent again until the server confirms them, oldest first. */
export function readPending() {
  return keys()
    .filter((key) => key.startsWith(PENDING))
    .map((key) => JSON.parse(storage.getItem(key)))
    .sort((one, other) => one.since - other.since);
}

export function keepPending(frame) {
  storage.setItem(PENDING + frame.id, JSON.stringify({ since: Date.now(), frame }));
}

export function dropPending(id) {
  storage.removeItem(PENDING + id);
}
