// The Slack window: channels, messages, a thread beside them, App Home, a box to write in.

import { atEnd, clock, h, hue, initials, keyed, post, toast } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { mrkdwn, emoji } from "./mrkdwn.js";
import { showModal } from "./modal.js";

const view = { user: "", place: "", thread: null, closed: new Set(), read: new Map() };
let state = null;
let parts = null;

export function showSlack(next) {
  state = next;
  if (!state.slack.users.length) return;
  if (!parts) build();
  if (!view.place) view.place = (named()[0] || {}).id || "home";
  showUsers();
  follow();
  showChannels();
  atEnd(parts.list, () => { // an opened thread narrows the channel, whose end must stay in view
    showThread();
    showMain();
  });
  showModal(state.slack.views[view.user], people(), view.user);
}

function named() {
  return state.slack.channels.filter((c) => !c.user);
}

function people() {
  const { users, channels } = state.slack;
  return {
    name: (id, otherwise) => (users.find((u) => u.id === id) || {}).name || otherwise || id,
    channel: (id) => (channels.find((c) => c.id === id) || {}).name || id,
    all: () => users.filter((u) => !u.bot).map((u) => [u.id, u.name]),
    channels: () => named().map((c) => [c.id, `#${c.name}`]),
  };
}

function visible(channel) {
  return state.slack.messages.filter(
    (m) => m.channel === channel && (!m.ephemeral_to || m.ephemeral_to === view.user));
}

const reply = (m) => m.thread_ts && m.thread_ts !== m.ts;

// Open the newest thread by itself, unless somebody closed it.
function follow() {
  const heads = visible(view.place).filter((m) => m.thread_ts === m.ts && !view.closed.has(m.ts));
  const newest = heads[heads.length - 1];
  if (newest && (!view.thread || newest.ts > view.latest) && window.innerWidth > 1240) view.thread = newest.ts;
  if (newest) view.latest = newest.ts;
}

function build() {
  const box = document.getElementById("slack");
  parts = {
    user: h("select", { "aria-label": "Acting as" }),
    channels: h("nav", { class: "channels", "aria-label": "Channels" }),
    title: h("h2", {}),
    hint: h("small", {}),
    list: h("div", { class: "messages", role: "log", "aria-label": "Messages", tabindex: "0" }),
    home: h("div", { class: "home", hidden: true }),
    thread: h("aside", { class: "thread", hidden: true, "aria-label": "Thread" }),
    replies: h("div", { class: "messages", role: "log", "aria-label": "Replies", tabindex: "0" }),
  };
  parts.user.addEventListener("change", () => {
    view.user = parts.user.value;
    showSlack(state);
    if (view.place === "home") openHome();
  });
  parts.composer = composer("Message or /midwatch …", () => null);
  parts.answer = composer("Reply …", () => view.thread);
  parts.thread.append(
    h("header", {}, h("h2", {}, "Thread"),
      h("button", { type: "button", class: "close", "aria-label": "Close thread", onclick: closeThread }, "×")),
    parts.replies, parts.answer);
  box.append(
    h("div", { class: "side" },
      h("div", { class: "workspace" }, h("b", {}, "Slack"), h("small", {}, "sandbox workspace")),
      parts.channels,
      h("label", { class: "acting" }, h("span", {}, "Acting as"), parts.user)),
    h("div", { class: "main" },
      h("header", {}, parts.title, parts.hint), parts.list, parts.home, parts.composer),
    parts.thread);
}

function composer(placeholder, thread) {
  const input = h("input", { type: "text", placeholder, "aria-label": placeholder, autocomplete: "off", maxlength: "3000" });
  const form = h("form", { class: "composer" }, input, h("button", { type: "submit", "aria-label": "Send" }, "Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    told(await post("/sandbox/slack/say", { user: view.user, channel: view.place, text, thread_ts: thread() }));
  });
  return form;
}

function showUsers() {
  const humans = state.slack.users.filter((u) => !u.bot);
  if (!humans.some((u) => u.id === view.user)) view.user = (humans[0] || {}).id || "";
  keyed(parts.user, humans, (u) => u.id, (u) =>
    h("option", { value: u.id }, u.team ? `${u.name} (${u.team})` : u.name));
  parts.user.value = view.user;
}

function showChannels() {
  const entries = named().map((c) => ({ id: c.id, label: `# ${c.name}` }));
  const direct = state.slack.channels.find((c) => c.user === view.user && visible(c.id).length);
  if (direct) entries.push({ id: direct.id, label: "@ Midwatch" });
  entries.push({ id: "home", label: "App Home" });
  if (!entries.some((e) => e.id === view.place)) view.place = entries[0].id;
  const shown = entries.map((e) => ({ ...e, on: e.id === view.place, unread: unread(e.id) }));
  keyed(parts.channels, shown, (e) => e.id, (e) =>
    h("button", { type: "button", class: e.on ? "on" : "", onclick: () => go(e.id), "data-place": e.id },
      h("span", {}, e.label), e.unread ? h("i", {}, String(e.unread)) : null));
}

function unread(id) {
  const all = id === "home" ? [] : visible(id);
  if (id === view.place || !view.read.has(id)) view.read.set(id, all.length);
  return Math.max(0, all.length - view.read.get(id));
}

function go(id) {
  view.place = id;
  view.thread = null;
  if (id === "home") openHome();
  showSlack(state);
  parts.list.scrollTop = parts.list.scrollHeight;
}

async function openHome() {
  told(await post("/sandbox/slack/home", { user: view.user }));
}

function showMain() {
  const atHome = view.place === "home";
  parts.home.hidden = !atHome;
  parts.list.hidden = atHome;
  parts.composer.hidden = atHome;
  if (atHome) {
    showHome();
    return;
  }
  const channel = state.slack.channels.find((c) => c.id === view.place);
  parts.title.textContent = channel.name ? `# ${channel.name}` : "Midwatch";
  parts.hint.textContent = channel.name ? "" : "direct messages";
  const all = visible(view.place);
  const shown = all.filter((m) => !reply(m) || m.broadcast || (m.ephemeral_to && !all.some((p) => p.ts === m.thread_ts)));
  const counted = shown.map((m) => ({ ...m, answers: all.filter((r) => r.thread_ts === m.ts && reply(r)).map((r) => r.ts) }));
  atEnd(parts.list, () => {
    keyed(parts.list, counted.map((m) => ({ ...m, open: m.ts === view.thread, reader: view.user })), key, message);
    parts.list.classList.toggle("empty", !counted.length);
    parts.list.dataset.hint = state.hint || "Nothing here yet";
  });
}

function showHome() {
  parts.title.textContent = "App Home";
  parts.hint.textContent = `as ${people().name(view.user)} sees it`;
  const home = (state.slack.views[view.user] || {}).home;
  const stamp = JSON.stringify([view.user, home]);
  if (stamp === parts.home.dataset.stamp) return;
  parts.home.dataset.stamp = stamp;
  const act = async (one, block, value) => told(await post("/sandbox/slack/click-view", {
    user: view.user, view: home.id, action_id: one.action_id, block_id: block.block_id, value }));
  parts.home.replaceChildren(...(home
    ? renderBlocks(home.blocks, people(), act)
    : [h("p", { class: "none" }, "Midwatch has not published a Home for this person yet.")]));
}

function showThread() {
  const all = visible(view.place);
  const head = all.find((m) => m.ts === view.thread);
  parts.thread.hidden = !head;
  document.getElementById("slack").classList.toggle("threaded", Boolean(head));
  if (!head) return;
  const chain = [head, ...all.filter((m) => m.thread_ts === head.ts && reply(m))];
  atEnd(parts.replies, () => keyed(parts.replies, chain.map((m) => ({ ...m, inside: true, reader: view.user })), key, message));
}

function closeThread() {
  view.closed.add(view.thread);
  view.thread = null;
  showSlack(state);
}

function openThread(ts) {
  view.closed.delete(ts);
  view.thread = ts;
  showSlack(state);
  parts.replies.scrollTop = parts.replies.scrollHeight;
}

const key = (m) => `${m.ts}:${m.ephemeral_to || ""}`;

function message(m, again) {
  const who = people().name(m.user);
  const bot = m.user === state.slack.bot;
  const body = m.blocks && m.blocks.length
    ? renderBlocks(m.blocks, people(), (one, block, value) => click(m, one, block, value))
    : h("div", {}, mrkdwn(m.text, people(), true));
  return h("article", { class: `message ${m.ephemeral_to ? "ephemeral" : ""} ${m.open ? "open" : ""} ${again ? "" : "new"}`, "data-ts": m.ts },
    h("span", { class: bot ? "avatar bot" : `avatar hue${hue(who)}` }, bot ? "M" : initials(who)),
    h("div", { class: "body" },
      h("div", { class: "by" }, h("b", {}, who), bot ? h("span", { class: "app" }, "APP") : null,
        h("time", {}, clock(Number(m.ts))), m.edited ? h("small", {}, "(edited)") : null,
        m.pinned ? h("small", {}, "📌 pinned") : null),
      m.ephemeral_to ? h("small", { class: "only" }, "Only visible to you") : null,
      m.broadcast && reply(m) && !m.inside ? h("small", { class: "only" }, "replied to a thread") : null,
      h("div", { class: "content" }, body, files(m)),
      reactions(m), answers(m)));
}

function files(m) {
  return (m.files || []).map((f) => f.mimetype.startsWith("image/")
    ? h("img", { class: "upload", src: `/sandbox/files/${encodeURIComponent(f.id)}`, alt: f.alt_txt || f.title })
    : h("a", { href: `/sandbox/files/${encodeURIComponent(f.id)}`, class: "file" }, `📎 ${f.title}`));
}

function reactions(m) {
  if (!m.reactions) return null;
  return h("div", { class: "reactions" }, m.reactions.map((r) =>
    h("span", { title: r.users.map((u) => people().name(u)).join(", ") }, `${emoji(`:${r.name}:`)} ${r.count}`)));
}

function answers(m) {
  if (m.inside || m.ephemeral_to || reply(m)) return null;
  const count = (m.answers || []).length;
  if (!count) {
    return h("button", { type: "button", class: "answers none", onclick: () => openThread(m.ts) }, "Reply in thread");
  }
  const last = clock(Number(m.answers[count - 1]));
  return h("button", { type: "button", class: "answers", onclick: () => openThread(m.ts) },
    h("b", {}, `${count} ${count === 1 ? "reply" : "replies"}`), h("small", {}, `last at ${last}`));
}

async function click(m, one, block, value) {
  told(await post("/sandbox/slack/click", {
    user: view.user, ts: m.ts, action_id: one.action_id, block_id: block.block_id, value }));
}

function told(answer) {
  if (answer.refused) toast(`Slack: ${answer.refused}`, "bad");
  if (answer.problem) {
    const words = answer.problem === "timeout" ? "did not answer within 3 seconds" : `could not be reached (${answer.problem})`;
    toast(`Slack: Midwatch ${words}`, "bad");
  }
}
