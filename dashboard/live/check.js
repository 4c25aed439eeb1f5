// Tells the page about the browser's camera, and dresses streamlit-webrtc's frame.

const FRAME = 'iframe[title="streamlit_webrtc.component.webrtc_streamer"]';
// Runs within the frame: only what the frame itself sends may change its height.
const TELL_HEIGHT = `new ResizeObserver(() => parent.postMessage({
  isStreamlitMessage: true, type: "streamlit:setFrameHeight", height: document.body.scrollHeight,
}, "*")).observe(document.body);`;
const watchers = new WeakMap();

class Watcher {
  constructor() {
    this.state = {
      secure: window.isSecureContext,
      permission: null,
      cameras: null,
      asking: false,
      error: null,
      lost: false,
      failed: false,
    };
    this.reported = null;
    this.css = "";
    this.stop = new AbortController();
    const devices = navigator.mediaDevices;
    devices?.addEventListener("devicechange", () => this.count(), { signal: this.stop.signal });
    this.count();
    this.permit();
    this.timer = setInterval(() => this.dress(), 300); // the frame may be made anew at any time
  }

  set(change) {
    Object.assign(this.state, change);
    this.report();
  }

  report() {
    const text = JSON.stringify(this.state);
    if (!this.send || text === this.reported) return;
    this.reported = text;
    this.send("camera", { ...this.state });
  }

  async count() {
    try {
      const all = await navigator.mediaDevices.enumerateDevices();
      this.set({ cameras: all.filter((device) => device.kind === "videoinput").length });
    } catch {
      this.set({ cameras: null });
    }
  }

  async permit() {
    try {
      const status = await navigator.permissions.query({ name: "camera" });
      const read = () => {
        const better = status.state !== "denied" && this.state.permission === "denied";
        this.set({ permission: status.state, ...(better ? { error: null } : {}) });
      };
      status.addEventListener("change", read, { signal: this.stop.signal });
      read();
    } catch {
      this.report(); // this browser doesn't say; the first START will show
    }
  }

  dress() {
    const frame = document.querySelector(FRAME);
    try {
      const doc = frame?.contentDocument;
      if (!doc?.head || doc.readyState === "loading") return;
      if (doc.head.querySelector("style[data-harec]") == null) {
        const style = doc.createElement("style");
        style.dataset.harec = "";
        style.textContent = this.css;
        const script = doc.createElement("script");
        script.textContent = TELL_HEIGHT;
        doc.head.append(style, script);
      }
      doc.documentElement.toggleAttribute("data-harec-reported", this.reported != null && this.state.error != null);
      this.listen(frame.contentWindow.navigator.mediaDevices);
      this.follow(frame.contentWindow);
    } catch {
      // A frame of another origin can't be looked into: it works all the same, in its own clothes.
    }
    if (frame) frame.dataset.dressed = ""; // shown from now on
  }

  listen(devices) {
    if (!devices || devices.harecListens) return;
    const ask = devices.getUserMedia.bind(devices);
    devices.harecListens = true;
    devices.getUserMedia = async (constraints) => {
      this.set({ asking: true, error: null, lost: false, failed: false });
      try {
        const stream = await ask(constraints);
        this.set({ asking: false, error: null });
        this.count();
        return stream;
      } catch (error) {
        this.set({ asking: false, error: error?.name ?? "Error" });
        this.count();
        throw error;
      }
    };
  }

  // Whether a connection breaks off: streamlit-webrtc only says that it has ended, as after STOP.
  // It also ends one at the first sign of trouble, "disconnected", which a busy server or a radio
  // gives for seconds, and after which the browser goes on by itself, or says "failed".
  // And when Start follows Stop sooner than the server hears of it, streamlit-webrtc takes the
  // server's answer to the connection before for one to the new connection, which then ends.
  follow(frame) {
    const Connection = frame.RTCPeerConnection;
    if (!Connection || frame.harecFollows) return;
    const set = (change) => this.set(change);
    const answered = new Set();
    frame.harecFollows = true;
    frame.RTCPeerConnection = class extends Connection {
      constructor(...options) {
        super(...options);
        let connected = false;
        this.addEventListener("connectionstatechange", (event) => {
          const state = this.connectionState;
          const root = frame.document.documentElement; // the server can't be asked to say it
          root.toggleAttribute("data-harec-interrupted", connected && state === "disconnected");
          if (state === "connected") {
            connected = true;
            set({ lost: false });
          } else if (connected && ["disconnected", "failed"].includes(state)) {
            set({ lost: true });
            if (state === "disconnected") event.stopImmediatePropagation();
          } else if (state === "failed") {
            set({ failed: true });
          }
        });
      }

      setRemoteDescription(description) {
        if (answered.has(description.sdp)) return new Promise(() => {}); // its own one will come
        answered.add(description.sdp);
        return super.setRemoteDescription(description);
      }
    };
  }

  destroy() {
    this.stop.abort();
    clearInterval(this.timer);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let watcher = watchers.get(parentElement);
  if (!watcher) {
    watcher = new Watcher();
    watchers.set(parentElement, watcher);
  }
  watcher.css = data.css;
  watcher.send = setStateValue;
  watcher.report();
  return () => {
    watchers.get(parentElement)?.destroy();
    watchers.delete(parentElement);
  };
}
