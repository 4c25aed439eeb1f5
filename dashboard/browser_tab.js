// Finds the visitor again after a reload, and asks before what is not saved is left: see
// browser_tab.py. Tokens are kept in this tab alone, for servers below other paths apart.

const NAME = `harec ${new URL(".", document.baseURI).pathname}`;
const MOST_SAVED = 20;
const tabs = new WeakMap();

// The browser may keep nothing for this page.
function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(`${NAME} ${name}`)) ?? [];
  } catch {
    return [];
  }
}

function keep(name, values) {
  try {
    sessionStorage.setItem(`${NAME} ${name}`, JSON.stringify(values));
  } catch {
    // then a reload begins anew
  }
}

class Tab {
  constructor() {
    this.asked = null;
    this.asks = false;
    this.unsaved = [];
    this.saved = (event) => {
      if (event.detail != null) keep("saved", [...kept("saved"), event.detail].slice(-MOST_SAVED));
      this.guard();
    };
    this.leaving = (event) => event.preventDefault();
    window.addEventListener("harec-saved", this.saved);
  }

  update({ token, answered, tries, most, unsaved }, send) {
    this.unsaved = unsaved;
    this.guard();
    const earlier = kept("tokens").filter((each) => each !== token);
    if (answered || !earlier.length) {
      keep("tokens", [token]);
      return;
    }
    // Until there is an answer, which the next reload may be faster than, both are good.
    keep("tokens", [...earlier, token].slice(-most));
    const question = `${token} ${tries}`;
    if (question === this.asked) return;
    this.asked = question;
    setTimeout(() => send("earlier", { tokens: earlier, tries }), tries ? 250 * 2 ** tries : 0);
  }

  guard() {
    const saved = kept("saved");
    const asks = this.unsaved.some((name) => !saved.includes(name));
    if (asks === this.asks) return;
    this.asks = asks;
    if (asks) window.addEventListener("beforeunload", this.leaving);
    else window.removeEventListener("beforeunload", this.leaving);
  }

  destroy() {
    this.unsaved = [];
    this.guard();
    window.removeEventListener("harec-saved", this.saved);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (!tabs.has(parentElement)) tabs.set(parentElement, new Tab());
  tabs.get(parentElement).update(data, setStateValue);
  return () => {
    tabs.get(parentElement)?.destroy();
    tabs.delete(parentElement);
  };
}
