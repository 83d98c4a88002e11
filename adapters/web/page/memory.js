// What the browser keeps: who this is, and what the server has not confirmed yet.

const SESSION = "tifo.session";
const PENDING = "tifo.pending.";

/** localStorage, or for this page's life only where the browser forbids it. */
const storage = (() => {
  try {
    localStorage.setItem("tifo.probe", "");
    localStorage.removeItem("tifo.probe");
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
      key: (index) => [...kept.keys()][index],
      get length() {
        return kept.size;
      },
    };
  }
})();

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
  return Array.from({ length: storage.length }, (_, index) => storage.key(index))
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
