// The chat page. Everything shown comes from the server, numbered; what was sent but not echoed
// yet waits in the outbox and is sent again, under the same id, after a reconnect.
// Text is only ever inserted as text.

import { Connection } from "./socket.js";

const STORED_TOKEN = "psl-assistant-session";
const NEAR_END = 80;

const byId = (id) => document.getElementById(id);
const scroller = byId("scroller");
const welcome = byId("welcome");
const log = byId("log");
const pending = byId("pending");
const typing = byId("typing");
const newer = byId("newer");
const problem = byId("problem");
const composer = byId("composer");
const input = byId("message");
const dialog = byId("confirm-restart");

// The session -----------------------------------------------------------------------------------

// A browser may forbid storing; then the conversation lasts as long as the page.
const storage = {
  get() {
    try {
      return localStorage.getItem(STORED_TOKEN);
    } catch {
      return null;
    }
  },
  set(token) {
    try {
      if (token === null) localStorage.removeItem(STORED_TOKEN);
      else localStorage.setItem(STORED_TOKEN, token);
    } catch {
      // As above.
    }
  },
};

let token = storage.get();
let last = 0; // number of the latest message shown
let expected = 0; // number of the latest message that the server has announced
let confirmed = false;
let messageLimit = Infinity;
let lastDay = "";
const outbox = new Map(); // id → {message, shown, failed, element}

function requestSession() {
  confirmed = false;
  connection.emit("session_request", { session_id: token, last, acknowledges: true });
}

function sessionConfirmed(session) {
  if (!session.resumed || session.last < last) {
    const again = session.resumed && last > 0;
    clearLog();
    if (again) {
      token = session.session_id;
      requestSession();
      return;
    }
  }
  // Another page may have started a new conversation meanwhile; that one is then the stored one.
  const stored = storage.get();
  if (stored === null || stored === token) storage.set(session.session_id);
  token = session.session_id;
  messageLimit = session.message_limit ?? Infinity;
  expected = session.last;
  confirmed = true;
  // What was said before is not read out again.
  log.setAttribute("aria-live", last < expected ? "off" : "polite");
  showState("open", "Connected");
  for (const [id, entry] of outbox) if (!entry.failed) dispatch(id, entry);
  showWelcome();
}

function restart() {
  token = null;
  storage.set(null);
  outbox.clear();
  pending.replaceChildren();
  clearLog();
  showProblem("");
  requestSession();
  showWelcome();
  input.focus();
}

const connection = new Connection(new URL(location.href), {
  connected: requestSession,
  disconnected() {
    confirmed = false;
    typing.hidden = true;
    if (navigator.onLine) showState("connecting", "Connecting…");
    else showState("offline", "Offline. I will send what you type when you are back.");
    for (const entry of outbox.values()) showStatus(entry);
  },
  event(name, data) {
    if (name === "session_confirm") sessionConfirmed(data);
    else if (name === "error") refused(data);
    else if (!confirmed) return false; // of a conversation that was left
    else if (name === "bot_uttered") assistantSaid(data);
    else if (name === "user_echo") agentSaid(data);
    else if (name === "typing") showTyping(data.on);
    return true;
  },
});

// What comes in ---------------------------------------------------------------------------------

function isNew(message) {
  if (message.number <= last) return false;
  last = message.number;
  return true;
}

function assistantSaid(message) {
  if (!isNew(message)) return;
  const element = messageElement(message, "assistant", "Assistant: ");
  if (message.quick_replies?.length) element.append(quickReplies(message.quick_replies));
  append(element, message, false);
}

function agentSaid(message) {
  const sentHere = outbox.get(message.id);
  if (sentHere) {
    sentHere.element.remove();
    outbox.delete(message.id);
  }
  if (!isNew(message)) return;
  if (message.pressed) markPressed(message.pressed);
  append(messageElement(message, "own", "You: "), message, Boolean(sentHere));
}

function refused({ code, message, id }) {
  if (code === "no_session") {
    requestSession();
    return;
  }
  const entry = outbox.get(id);
  if (entry) {
    entry.failed = message;
    showStatus(entry);
    followEnd(true);
  } else {
    showProblem(message);
  }
}

// What goes out ---------------------------------------------------------------------------------

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send `message`, shown as `shown` until the server says how it may be kept. */
function say(message, shown = message) {
  const element = messageElement({ text: shown }, "own", "You: ");
  const entry = { message, shown, failed: null, element };
  const id = newId();
  const again = document.createElement("button");
  again.type = "button";
  again.className = "again";
  again.textContent = "Try again";
  again.addEventListener("click", () => {
    entry.failed = null;
    dispatch(id, entry);
  });
  element.append(again);
  outbox.set(id, entry);
  pending.append(element);
  dispatch(id, entry);
  showWelcome();
  followEnd(true);
}

function dispatch(id, entry) {
  if (confirmed) connection.emit("user_uttered", { message: entry.message, id });
  showStatus(entry);
}

function showStatus(entry) {
  const meta = entry.element.querySelector(".meta");
  const waiting = confirmed ? "Sending…" : "Will be sent when connected";
  meta.textContent = entry.failed === null ? waiting : `Not sent. ${entry.failed}`;
  entry.element.classList.toggle("failed", entry.failed !== null);
  entry.element.querySelector(".again").hidden = entry.failed === null;
}

function submit() {
  const text = input.value.trim();
  if (!text) return;
  const length = [...text].length;
  if (length > messageLimit) {
    const number = (value) => value.toLocaleString("en-US");
    showProblem(`That is longer than I can take (${number(length)} of ${number(messageLimit)} characters). Please send it in parts.`);
    return;
  }
  showProblem("");
  input.value = "";
  fitInput();
  say(text);
}

// What is shown ---------------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function messageElement(message, kind, author) {
  const element = document.createElement("div");
  element.className = `message ${kind}`;
  const text = document.createElement("div");
  text.className = "text";
  text.dir = "auto";
  const who = document.createElement("span");
  who.className = "visually-hidden";
  who.textContent = author;
  text.append(who, message.text);
  const meta = document.createElement("div");
  meta.className = "meta";
  if (message.at) {
    const at = new Date(message.at);
    const time = document.createElement("time");
    time.dateTime = message.at;
    time.title = full.format(at);
    time.textContent = clock.format(at);
    meta.append(time);
  }
  element.append(text, meta);
  return element;
}

function quickReplies(replies) {
  const group = document.createElement("div");
  group.className = "choices";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Quick replies");
  for (const { title, payload } of replies) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "choice";
    button.textContent = title;
    button.dataset.payload = payload;
    button.addEventListener("click", (event) => {
      markPressed(payload);
      // A key press must not leave the focus on a disabled button; a finger wants no keyboard.
      if (event.detail === 0) input.focus();
      say(payload, title);
    });
    group.append(button);
  }
  return group;
}

/** Close the quick replies that `payload` was one of. */
function markPressed(payload) {
  const pressed = log.querySelector(`[data-payload="${CSS.escape(payload)}"]`);
  if (!pressed || pressed.disabled) return;
  for (const button of pressed.parentElement.children) button.disabled = true;
  pressed.classList.add("chosen");
  pressed.setAttribute("aria-pressed", "true");
}

function append(element, message, own) {
  const replayed = message.number <= expected;
  const atEnd = isAtEnd();
  const day = calendar.format(new Date(message.at));
  if (day !== lastDay) {
    lastDay = day;
    const line = document.createElement("div");
    line.className = "day";
    line.textContent = day === calendar.format(new Date()) ? "Today" : day;
    log.append(line);
  }
  joinWith(log.lastElementChild, element);
  log.append(element);
  if (message.number === expected) setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  showWelcome();
  followEnd(replayed || own || atEnd);
}

/** Messages of one author within one minute need the time only once. */
function joinWith(previous, element) {
  const time = (of) => of.querySelector("time")?.textContent;
  if (previous?.className === element.className && time(previous) === time(element)) {
    previous.classList.add("joined");
  }
}

function clearLog() {
  log.replaceChildren();
  last = 0;
  expected = 0;
  lastDay = "";
  typing.hidden = true;
  newer.hidden = true;
}

function showWelcome() {
  welcome.hidden = !confirmed || last > 0 || expected > 0 || outbox.size > 0;
}

function showTyping(on) {
  const atEnd = isAtEnd();
  typing.hidden = !on;
  if (on && atEnd) followEnd(true);
}

function showState(state, words) {
  document.body.dataset.state = state;
  if (byId("state").textContent !== words) byId("state").textContent = words;
}

function showProblem(message) {
  problem.textContent = message;
  problem.hidden = !message;
}

function isAtEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
}

function followEnd(follow) {
  if (follow) scroller.scrollTop = scroller.scrollHeight;
  newer.hidden = follow || isAtEnd();
}

function fitInput() {
  input.style.height = "auto";
  const borders = input.offsetHeight - input.clientHeight;
  input.style.height = `${input.scrollHeight + borders}px`;
}

// What the reader does --------------------------------------------------------------------------

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  input.focus();
});

input.addEventListener("keydown", (event) => {
  // While an input method composes a word, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});

input.addEventListener("input", () => {
  fitInput();
  showProblem("");
});

for (const button of welcome.querySelectorAll(".choice")) {
  button.addEventListener("click", (event) => {
    say(button.textContent);
    if (event.detail === 0) input.focus();
  });
}

scroller.addEventListener("scroll", () => {
  if (isAtEnd()) newer.hidden = true;
});
newer.addEventListener("click", () => {
  followEnd(true);
  scroller.focus();
});

byId("restart").addEventListener("click", () => {
  if (last > 0 || outbox.size > 0) dialog.showModal();
  else input.focus();
});
byId("restart-no").addEventListener("click", () => dialog.close());
byId("restart-yes").addEventListener("click", () => {
  dialog.close();
  restart();
});
