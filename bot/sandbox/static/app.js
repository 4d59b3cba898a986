// The state of the sandbox, kept up to date by the stream, and the parts that show it.

import { toast } from "./dom.js";
import { showControls, showStatus } from "./controls.js";
import { showPhones } from "./phones.js";
import { showSlack } from "./slack.js";

const state = { phones: [], slack: { users: [], channels: [], messages: [], views: {} },
                faults: { twilio: [], slack: [] }, controls: [], status: [] };
let planned = false;

function show() {
  planned = false;
  showControls(state);
  showPhones(state);
  showSlack(state);
}

export function changed() {
  if (!planned) {
    planned = true;
    requestAnimationFrame(show);
  }
}

function put(list, item, same) {
  const at = list.findIndex(same);
  if (at < 0) list.push(item);
  else list[at] = item;
}

const apply = {
  text(text) {
    const phone = state.phones.find((p) => p.number === text.number);
    if (phone) put(phone.texts, text, (t) => t.sid === text.sid);
  },
  call(call) {
    const phone = state.phones.find((p) => p.number === call.number);
    if (!phone) return;
    if (call.over) {
      if (phone.call && phone.call.sid === call.sid) phone.call = null;
      phone.calls = [...phone.calls.filter((c) => c.sid !== call.sid), call];
    } else phone.call = call;
  },
  phone(changes) {
    const phone = state.phones.find((p) => p.number === changes.number);
    if (phone) Object.assign(phone, changes);
  },
  message(message) {
    const same = (m) => m.ts === message.ts && m.channel === message.channel;
    const list = state.slack.messages;
    if (!message.deleted) put(list, message, same);
    else state.slack.messages = list.filter((m) => !same(m));
    delete message.deleted;
  },
  channel(channel) {
    put(state.slack.channels, channel, (c) => c.id === channel.id);
  },
  views(views) {
    state.slack.views[views.user] = { home: views.home, modals: views.modals };
  },
  fault(fault) {
    state.faults[fault.provider] = fault.active;
  },
  alert(alert) {
    const who = alert.provider === "slack" ? "Slack" : "Twilio";
    toast(`${who}: Midwatch did not take a request (${alert.detail})`, "bad");
  },
};

async function load() {
  const answer = await fetch("/sandbox/state");
  Object.assign(state, await answer.json());
  document.title = state.title;
  document.getElementById("title").textContent = state.title;
  showLink();
  show();
  return state.number;
}

// Signing in there takes a link: text "web" from one of the phones and tap what comes.
function showLink() {
  const link = document.getElementById("pages");
  link.hidden = !state.bot_pages_url;
  if (state.bot_pages_url) link.href = state.bot_pages_url;
}

function follow(since) {
  const live = document.getElementById("live");
  const stream = new EventSource(`/sandbox/stream?since=${since}`);
  let broken = false;
  stream.onopen = () => {
    live.classList.add("on");
    if (broken) load();
    broken = false;
  };
  stream.onerror = () => {
    live.classList.remove("on");
    broken = true;
  };
  stream.onmessage = (event) => {
    const { kind, data } = JSON.parse(event.data);
    if (apply[kind]) {
      apply[kind](data);
      changed();
    }
  };
}

async function ask() {
  try {
    const answer = await fetch("/sandbox/status");
    state.status = (await answer.json()).status;
    showStatus(state);
  } catch {
    // the stream's lamp already says that nobody answers
  }
}

function tabs() {
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.addEventListener("click", () => {
      document.body.dataset.part = tab.dataset.part;
      for (const other of document.querySelectorAll(".tabs button")) {
        other.classList.toggle("on", other === tab);
      }
    });
  }
  document.body.dataset.part = "phones";
}

tabs();
load().then(follow);
setInterval(ask, 1000);
