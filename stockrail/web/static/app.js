/* What pages need a script for besides htmx; everything else works without.

   data-dialog="ID"             opens that <dialog>; a button with data-close closes the one it is in
   data-confirm="Question?"     on a form or a button in it: asks in a dialog before it is sent (data-confirm-action: the button's words)
   data-copy="#ID"              copies that element's text or value
   form[data-unsaved]           warns before leaving while it has changes that were not sent
   data-dismiss                 removes the .message it is in
   details[data-menu]           closes on Escape and on a click outside
   input[data-filter="#ID"]     hides the rows of a short table that do not contain the text
   form[data-submit-on-change]  is sent when a field of it changes

   window.stockrail.unsaved(key, isUnsaved) lets other scripts say that something is not saved. */
import "./charts.js";
import "./grid.js";

const stockrail = (window.stockrail ??= {});
const unsaved = new Set();

stockrail.unsaved = (key, isUnsaved) => (isUnsaved ? unsaved.add(key) : unsaved.delete(key));

stockrail.announce = (text, kind = "") => {
  const message = document.createElement("div");
  message.className = `message ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button small quiet message-close";
  close.dataset.dismiss = "";
  close.textContent = "Dismiss";
  message.append(words, close);
  document.getElementById("messages")?.replaceChildren(message);
};

stockrail.confirm = (question, action = "Yes") =>
  new Promise((answer) => {
    const dialog = document.createElement("dialog");
    const words = document.createElement("p");
    words.id = "confirm-question";
    words.textContent = question;
    dialog.setAttribute("aria-labelledby", words.id);
    const buttons = document.createElement("form");
    buttons.method = "dialog";
    buttons.className = "toolbar";
    for (const [value, label, look] of [["no", "Cancel", ""], ["yes", action, "primary"]]) {
      const button = document.createElement("button");
      button.value = value;
      button.className = `button ${look}`;
      button.textContent = label;
      buttons.append(button);
    }
    dialog.append(words, buttons);
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });

document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-dialog], [data-close], [data-copy], [data-dismiss]");
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target) && menu.querySelector("summary").checkVisibility()) menu.open = false;
  }
  if (!target) return;
  if (target.dataset.dialog) document.getElementById(target.dataset.dialog)?.showModal();
  else if ("close" in target.dataset) target.closest("dialog")?.close();
  else if ("dismiss" in target.dataset) target.closest(".message")?.remove();
  else if (target.dataset.copy) copy(target);
});

// Where the style sheet cannot open the navigation on wide windows, an older browser does it here.
if (!CSS.supports("selector(::details-content)")) {
  const wide = matchMedia("(min-width: 1000px)");
  const follow = () => document.querySelectorAll("details.menu:not(.account)").forEach((menu) => (menu.open = wide.matches));
  wide.addEventListener("change", follow);
  follow();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A form that was confirmed is sent again with the same button; the attribute says that the question was answered.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || "confirmed" in form.dataset) {
      delete form.dataset.confirmed;
      unsaved.delete(form);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    stockrail.confirm(question, submitter?.dataset.confirmAction ?? form.dataset.confirmAction ?? submitter?.textContent.trim()).then((isConfirmed) => {
      if (!isConfirmed) return;
      form.dataset.confirmed = "";
      form.requestSubmit(submitter);
    });
  },
  true,
);

// hx-confirm uses the same dialog.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  stockrail.confirm(event.detail.question, event.detail.elt.dataset.confirmAction).then((isConfirmed) => {
    if (isConfirmed) event.detail.issueRequest(true);
  });
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-unsaved]");
  if (form) unsaved.add(form);
  if (event.target.dataset?.filter) filter(event.target);
});

document.addEventListener("change", (event) => {
  event.target.closest?.("form[data-submit-on-change]")?.requestSubmit();
});

// What was refused is still not saved.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.failed && detail.elt.matches?.("form[data-unsaved]") && detail.elt.isConnected) unsaved.add(detail.elt);
});

// Pages that ask every second would say so every second; once is enough, until it answers again.
document.addEventListener("htmx:sendError", () => {
  if (document.querySelector("[data-outage]")) return;
  stockrail.announce("The server does not answer. Nothing was changed; try again in a moment.", "error");
  document.querySelector("#messages .message").dataset.outage = "";
});
document.addEventListener("htmx:afterRequest", (event) => event.detail.successful && document.querySelector("[data-outage]")?.remove());

window.addEventListener("beforeunload", (event) => {
  for (const key of unsaved) if (key instanceof Element && !key.isConnected) unsaved.delete(key);
  if (unsaved.size) event.preventDefault();
});

function filter(input) {
  const wanted = input.value.trim().toLowerCase();
  for (const row of document.querySelectorAll(`${input.dataset.filter} tbody tr`)) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent.trim();
  const isCopied = await stockrail.copyText(text);
  const label = button.textContent;
  button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (button.textContent = label), 2000);
}

// The clipboard's own interface exists on secure addresses only; a workbench in a private network may have none.
stockrail.copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    return isCopied;
  }
};

document.dispatchEvent(new Event("stockrail:ready")); // early.js lets go of what it has held
