// A small Socket.IO v5 client over Engine.IO v4: websocket only, text events only, default
// namespace only. It dials until it is answered, and says when it is connected and when not.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15000;

export class Connection {
  #url;
  #handlers;
  #socket = null;
  #connected = false;
  #failures = 0;
  #retry = 0;
  #watchdog = 0;
  #longestSilence = 60000;

  /**
   * @param {URL} url of the page; the socket is beside it
   * @param {{connected: () => void, disconnected: () => void,
   *          event: (name: string, data: unknown) => boolean}} handlers
   *   `event` says whether it took the event; if the server asked, it is told that it was
   */
  constructor(url, handlers) {
    this.#url = new URL("socket.io/?EIO=4&transport=websocket", url);
    this.#url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#handlers = handlers;
    addEventListener("online", () => this.#dialNow());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#dialNow();
    });
    this.#dial();
  }

  /** Send an event; false if there is no connection to send it over. */
  emit(name, data) {
    if (!this.#connected) return false;
    this.#socket.send(`42${JSON.stringify([name, data])}`);
    return true;
  }

  #dialNow() {
    if (this.#connected) return;
    this.#failures = 0;
    this.#dial();
  }

  #dial() {
    clearTimeout(this.#retry);
    this.#drop();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#watch();
    // An abandoned socket may still report something: only the present one counts.
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === "string") this.#received(data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #drop() {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = null;
    this.#connected = false;
    socket?.close();
  }

  #lost() {
    this.#drop();
    clearTimeout(this.#retry);
    this.#handlers.disconnected();
    const delay = navigator.onLine ? Math.min(FIRST_DELAY * 2 ** this.#failures, LONGEST_DELAY) : LONGEST_DELAY;
    this.#failures += 1;
    // Spread, so that not every page comes back in the same instant after a restart.
    this.#retry = setTimeout(() => this.#dial(), delay * (0.75 + Math.random() / 2));
  }

  // The server pings; a connection that stays silent for longer is dead, whatever it says.
  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), this.#longestSilence);
  }

  #received(packet) {
    this.#watch();
    switch (packet[0]) {
      case "0": {
        const { pingInterval, pingTimeout } = JSON.parse(packet.slice(1));
        this.#longestSilence = pingInterval + pingTimeout;
        this.#socket.send("40");
        break;
      }
      case "1":
        this.#lost();
        break;
      case "2":
        this.#socket.send("3");
        break;
      case "4":
        this.#message(packet.slice(1));
        break;
    }
  }

  #message(message) {
    switch (message[0]) {
      case "0":
        this.#connected = true;
        this.#failures = 0;
        this.#handlers.connected();
        break;
      case "1":
      case "4":
        this.#lost();
        break;
      case "2": {
        const start = message.indexOf("[");
        const [name, data] = JSON.parse(message.slice(start));
        const asked = message.slice(1, start); // a number, when the server wants to know
        const socket = this.#socket;
        if (this.#handlers.event(name, data) && asked) socket.send(`43${asked}[]`);
        break;
      }
    }
  }
}
