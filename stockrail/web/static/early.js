/* Runs before the page is there. A form that asks for confirmation must not be sent before app.js can ask: it is held until then. */
"use strict";
{
  const held = [];
  const hold = (event) => {
    if (!(event.submitter?.dataset.confirm ?? event.target.dataset.confirm)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held.push([event.target, event.submitter]);
  };
  document.addEventListener("submit", hold, true);
  document.addEventListener("stockrail:ready", () => {
    document.removeEventListener("submit", hold, true);
    for (const [form, submitter] of held) form.requestSubmit(submitter);
  });
}
