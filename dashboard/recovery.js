// Loads a page anew of which pieces were lost on the way: see recovery.py.

const LOST = "Bad delta path index";
const NAME = "harec-recovered";
const AGAIN_MS = 10_000; // what a reload doesn't mend is no loss

function justRecovered() {
  try {
    const before = Number(sessionStorage.getItem(NAME));
    sessionStorage.setItem(NAME, Date.now());
    return Date.now() - before < AGAIN_MS;
  } catch {
    return true; // nothing is kept for this page: it might load anew for ever
  }
}

function recover({ message, reason }) {
  if (!String(reason?.message ?? message).includes(LOST) || justRecovered()) return;
  // The visitor finds everything again: nothing to ask about.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
  location.reload();
}

if (!window.harecRecovers) {
  window.harecRecovers = true;
  for (const event of ["error", "unhandledrejection"]) window.addEventListener(event, recover);
}

export default function () {}
