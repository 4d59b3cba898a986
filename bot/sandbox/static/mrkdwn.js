// Slack's mrkdwn and rich text as nodes. Only http, https and mailto links are links.

import { h } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", rotating_light: "🚨",
  red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠",
  large_blue_circle: "🔵", white_circle: "⚪", eyes: "👀", rocket: "🚀", tada: "🎉", phone: "☎️",
  telephone_receiver: "📞", iphone: "📱", bell: "🔔", no_bell: "🔕", fire: "🔥", mag: "🔍", memo: "📝",
  package: "📦", hourglass: "⌛", hourglass_flowing_sand: "⏳", clock3: "🕒", bulb: "💡", wrench: "🔧",
  hammer_and_wrench: "🛠️", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", wave: "👋", arrow_right: "➡️",
  information_source: "ℹ️", lock: "🔒", key: "🔑", chart_with_upwards_trend: "📈", repeat: "🔁",
  heavy_multiplication_x: "✖️", ballot_box_with_check: "☑️", question: "❓", zap: "⚡", ship: "🚢",
};

export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function emoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] || whole);
}

export function plain(text) {
  return lines(emoji(unescape(text)));
}

export function lines(text) {
  return text.split("\n").flatMap((line, at) => (at ? [h("br"), line] : [line]));
}

export function link(url, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return label;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

// `auto`: plain addresses become links, unless the app asked for `verbatim`.
export function mrkdwn(text, people, auto) {
  return text.split(/```/).flatMap((part, at) =>
    at % 2 ? [h("pre", {}, unescape(part.replace(/^\n|\n$/g, "")))] : quotes(part, people, auto));
}

function quotes(text, people, auto) {
  const out = [];
  let quoted = [];
  let open = [];
  const flush = () => {
    if (quoted.length) out.push(h("blockquote", {}, inline(quoted.join("\n"), people, auto)));
    if (open.length) out.push(...inline(open.join("\n"), people, auto));
    quoted = [];
    open = [];
  };
  for (const line of text.split("\n")) {
    const match = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (match) {
      if (open.length) flush();
      quoted.push(match[1]);
    } else {
      if (quoted.length) flush();
      open.push(line);
    }
  }
  flush();
  return out;
}

const TOKEN = /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])|(?<![\w_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])|(?<![\w~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])/;

const ADDRESS = /(https?:\/\/[^\s<>]*[^\s<>.,:;!?)"'])/;

function addresses(text, auto) {
  if (!auto) return plain(text);
  return text.split(ADDRESS).flatMap((part, at) =>
    at % 2 ? [link(unescape(part), unescape(part))] : plain(part));
}

function inline(text, people, auto) {
  const out = [];
  let rest = text;
  for (let match = TOKEN.exec(rest); match; match = TOKEN.exec(rest)) {
    if (match.index) out.push(...addresses(rest.slice(0, match.index), auto));
    const [, code, angle, bold, italic, struck] = match;
    if (code !== undefined) out.push(h("code", {}, unescape(code)));
    else if (angle !== undefined) out.push(reference(angle, people));
    else if (bold !== undefined) out.push(h("strong", {}, inline(bold, people, auto)));
    else if (italic !== undefined) out.push(h("em", {}, inline(italic, people, auto)));
    else out.push(h("s", {}, inline(struck, people, auto)));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) out.push(...addresses(rest, auto));
  return out;
}

function reference(inside, people) {
  const [target, label] = split(inside);
  if (target.startsWith("@")) return h("span", { class: "mention" }, `@${people.name(target.slice(1), label)}`);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${label || people.channel(target.slice(1))}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${label || target.slice(1)}`);
  if (!/^(https?:|mailto:)/i.test(target)) return `<${unescape(inside)}>`;
  return link(unescape(target), emoji(unescape(label || target.replace(/^mailto:/, ""))));
}

function split(inside) {
  const at = inside.indexOf("|");
  return at < 0 ? [inside, ""] : [inside.slice(0, at), inside.slice(at + 1)];
}

function date(target, fallback) {
  const [, seconds, format, url] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return unescape(fallback);
  const words = dateWords(when, unescape(format || ""));
  const node = h("time", { datetime: when.toISOString(), title: unescape(fallback) }, words);
  return url ? link(unescape(url), node) : node;
}

function dateWords(when, format) {
  const show = (options) => when.toLocaleString("en-GB", options);
  const day = { day: "numeric", month: "long", year: "numeric" };
  const tokens = {
    date_num: () => when.toISOString().slice(0, 10),
    date: () => show(day), date_long: () => show({ ...day, weekday: "long" }),
    date_short: () => show({ ...day, month: "short" }),
    date_pretty: () => pretty(when, show(day)),
    date_long_pretty: () => pretty(when, show({ ...day, weekday: "long" })),
    date_short_pretty: () => pretty(when, show({ ...day, month: "short" })),
    time: () => show({ hour: "2-digit", minute: "2-digit" }),
    time_secs: () => show({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: () => ago(when),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => (tokens[name] ? tokens[name]() : whole));
}

function pretty(when, otherwise) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(when).setHours(0, 0, 0, 0)) / 864e5);
  return { 0: "today", 1: "yesterday", "-1": "tomorrow" }[days] || otherwise;
}

function ago(when) {
  const minutes = Math.max(0, Math.round((Date.now() - when) / 60000));
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 1440 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} d ago`;
}

export function richText(elements, people) {
  return elements.map((part) => {
    const inside = () => (part.elements || []).map((one) => richPiece(one, people));
    if (part.type === "rich_text_preformatted") return h("pre", {}, inside());
    if (part.type === "rich_text_quote") return h("blockquote", {}, inside());
    if (part.type === "rich_text_list") {
      const tag = part.style === "ordered" ? "ol" : "ul";
      return h(tag, {}, (part.elements || []).map((item) => h("li", {}, richText([item], people))));
    }
    return h("span", { class: "rich" }, inside());
  });
}

function richPiece(piece, people) {
  if (piece.type === "link") return link(piece.url, piece.text || piece.url);
  if (piece.type === "user") return h("span", { class: "mention" }, `@${people.name(piece.user_id)}`);
  if (piece.type === "channel") return h("span", { class: "mention" }, `#${people.channel(piece.channel_id)}`);
  if (piece.type === "emoji") return EMOJI[piece.name] || `:${piece.name}:`;
  if (piece.type === "date") return dateWords(new Date(piece.timestamp * 1000), piece.format || "{date} {time}");
  if (piece.type !== "text") return "";
  const style = piece.style || {};
  const words = lines(piece.text);
  const tag = style.code ? "code" : style.bold ? "strong" : style.italic ? "em" : style.strike ? "s" : "span";
  return h(tag, {}, words);
}
