// What keys do while segments are corrected; `e` begins and ends that.

class EditKeys {
  constructor(editor) {
    this.editor = editor;
  }

  // Whether a key was meant for the editor.
  press(event) {
    const { editor } = this;
    if (!editor.data || !editor.lanes.possible) return false;
    const { key, target } = event;
    // Where these are typed with another key, it is no command.
    const bracket = (key === "[" || key === "]") && !event.metaKey;
    const command = event.ctrlKey || event.metaKey || event.altKey;
    if (document.fullscreenElement) { // the video alone: nobody would see what is edited
      if (key !== "e" || command) return false;
      document.exitFullscreen();
      if (editor.on) return true;
    }
    if (command && !bracket) return editor.on && !event.altKey && this.undoKey(event);
    if (key === "e") return this.done(() => editor.toggle());
    if (!editor.on) return false;
    if (target.matches?.(".hp-edge") && key.startsWith("Arrow")) return this.done(() => this.nudge(target, event));
    if (key === "Enter") {
      const presses = target.matches?.("button:not(.hp-seg), a");
      return Boolean(editor.selected) && !presses && this.done(() => editor.bar.focus());
    }
    if (/^[1-9]$/.test(key)) return this.done(() => editor.give(editor.data.labels[Number(key) - 1]?.action));
    const act = {
      Delete: () => editor.remove(), Backspace: () => editor.remove(), s: () => editor.cut(), a: () => editor.add(),
      "[": () => editor.edge("start", editor.hooks.now()), "]": () => editor.edge("end", editor.hooks.now()),
      n: () => editor.go(true), b: () => editor.go(false), p: () => editor.playSelected(),
      "+": () => editor.lanes.zoom(0.5), "-": () => editor.lanes.zoom(2), Escape: () => editor.leave(),
      ...(target.matches?.("input") ? {} : { ArrowUp: () => editor.goLane(false), ArrowDown: () => editor.goLane(true) }),
    }[key];
    return Boolean(act) && this.done(act);
  }

  done(act) {
    act();
    return true;
  }

  undoKey({ key, shiftKey }) {
    const wanted = key.toLowerCase();
    if (wanted !== "z" && wanted !== "y") return false;
    this.editor.step(wanted === "z" && !shiftKey);
    return true;
  }

  nudge(handle, event) {
    const { editor } = this;
    const { which } = handle.dataset;
    const way = ["ArrowLeft", "ArrowDown"].includes(event.key) ? -1 : 1;
    editor.edge(which, editor.selected[which] + way * (event.shiftKey ? 1 : editor.frameS));
    if (editor.selected) editor.hooks.seek(editor.frameOf(which, editor.selected));
  }
}
