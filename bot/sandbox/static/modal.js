// Forms that the app opens: one <dialog>, rebuilt when the view changes.

import { h, post, toast } from "./dom.js";
import { read, renderBlocks } from "./blocks.js";
import { plain } from "./mrkdwn.js";

let shown = "";
let box = null;

export function showModal(views, people, user) {
  const stack = (views || {}).modals || [];
  const top = stack[stack.length - 1];
  const stamp = top ? `${user}:${top.id}:${top.hash}` : "";
  if (stamp === shown) return;
  shown = stamp;
  if (box) box.remove();
  box = top ? build(top, people, user) : null;
  if (box) {
    document.body.append(box);
    box.showModal();
  }
}

function build(top, people, user) {
  const inputs = [];
  const act = async (one, block, value) => {
    await post("/sandbox/slack/click-view", {
      user, view: top.id, action_id: one.action_id, block_id: block.block_id, value });
  };
  const leave = () => post("/sandbox/slack/close", { user, view: top.id });
  const form = h("form", {},
    h("h3", {}, plain(top.title.text)),
    h("div", { class: "fields-box" }, renderBlocks(top.blocks, people, act, inputs)),
    h("div", { class: "row" },
      h("button", { type: "button", class: "b-button", onclick: leave }, top.close ? plain(top.close.text) : "Cancel"),
      top.submit ? h("button", { type: "submit", class: "b-button primary" }, plain(top.submit.text)) : null));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    complain(form, await post("/sandbox/slack/submit", { user, view: top.id, values: values(inputs) }));
  });
  const dialog = h("dialog", { class: "modal", "aria-label": top.title.text }, form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  return dialog;
}

function values(inputs) {
  const all = {};
  for (const { node, one, block } of inputs) {
    all[block.block_id] = { ...all[block.block_id], [one.action_id]: read(node, one) };
  }
  return all;
}

function complain(form, answer) {
  for (const old of form.querySelectorAll(".error")) old.textContent = "";
  for (const [block, words] of Object.entries(answer.errors || {})) {
    const place = form.querySelector(`[data-block="${CSS.escape(block)}"] .error`);
    if (place) place.textContent = words;
    else toast(words, "bad");
  }
  if (answer.problem) toast(`Slack: Midwatch did not take the form (${answer.problem})`, "bad");
}
