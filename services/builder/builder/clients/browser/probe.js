// Evaluated in a world of its own on every page: it sees the page's elements, not the page's code.
(() => {
  const MAX = 5;
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const named = (element) => {
    const text = (element.innerText ?? "").trim().replace(/\s+/g, " ").slice(0, 60);
    return `<${element.localName}${element.id ? `#${element.id}` : ""}>${text ? ` "${text}"` : ""}`;
  };

  const next = (schedule) => new Promise((resolve) => schedule(() => resolve(true)));
  async function idle() {
    // Chromium may expect a frame that nothing has asked for, and is not idle until one comes.
    const asking = setInterval(requestAnimationFrame, 100, () => {});
    await next(requestIdleCallback);
    await next(requestAnimationFrame);
    await next(requestIdleCallback);
    clearInterval(asking);
    return true;
  }

  function blank() {
    const root = document.getElementById("root") ?? document.body;
    if (root.innerText.trim()) return false;
    return ![...root.querySelectorAll("img, svg, canvas, video, iframe, input, button, textarea, select")].some(visible);
  }

  function links() {
    const found = [...document.querySelectorAll("a[href]")].map((link) => new URL(link.href, document.baseURI));
    return [...new Set(found.filter((url) => url.origin === location.origin).map((url) => url.pathname))].slice(0, 50);
  }

  function overflow() {
    const root = document.documentElement;
    const extra = root.scrollWidth - root.clientWidth;
    if (extra <= 1) return null;
    const wide = [...document.body.querySelectorAll("*")].filter((element) => visible(element) && element.getBoundingClientRect().right > root.clientWidth + 1);
    const inner = wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)));
    return { extra, elements: inner.slice(0, MAX).map(named) };
  }

  // Text that its own box cuts off, and that no ellipsis or scrolling gives back.
  function clipped() {
    const cut = [...document.body.querySelectorAll("*")].filter((element) => {
      if (element.children.length > 0 || !(element.textContent ?? "").trim()) return false;
      const style = getComputedStyle(element);
      const hidden = (value) => value === "hidden" || value === "clip";
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") return false;
      const wide = hidden(style.overflowX) && element.scrollWidth > element.clientWidth + 2;
      const high = hidden(style.overflowY) && element.scrollHeight > element.clientHeight + 4;
      return (wide || high) && element.clientWidth > 2 && element.clientHeight > 2 && visible(element);
    });
    return cut.slice(0, MAX).map(named);
  }

  let loaded = false;
  async function violations() {
    if (!loaded) probe.load();
    loaded = true;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"], selectors: false, iframes: false, preload: false });
    const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return grave.slice(0, 20).map(({ id, help, nodes }) => ({ id, help, count: nodes.length, html: (nodes[0]?.html ?? "").slice(0, 200) }));
  }

  const INPUTS = { email: "ada@example.com", url: "https://example.com", tel: "5550100", number: "7", date: "2030-01-31", time: "10:30", month: "2030-01", week: "2030-W05", "datetime-local": "2030-01-31T10:30", color: "#336699", range: "5" };
  function fill(field) {
    if (field.disabled || field.readOnly) return;
    if (field instanceof HTMLSelectElement) field.selectedIndex = field.options.length - 1;
    else if (field.type === "checkbox" || field.type === "radio") return void (field.checked || field.click());
    else if (!["file", "hidden", "submit", "button", "reset", "image"].includes(field.type)) field.value = INPUTS[field.type] ?? "Ada Lovelace";
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  // What tells a form from others, wherever it is shown.
  const described = (form) =>
    [...form.elements].map((field) => [field.localName, field.type, field.name, field.placeholder, field.localName === "button" ? field.innerText : ""].join(" ")).join("\n").slice(0, 500);
  const forms = () => [...document.forms].filter(visible).slice(0, 20).map(described);
  // Sends the form of that description; whether there is one.
  function submit(description) {
    const form = [...document.forms].find((form) => visible(form) && described(form) === description);
    if (!form) return false;
    for (const field of form.elements) fill(field);
    const button = [...form.elements].find((field) => field.type === "submit" && !field.disabled);
    setTimeout(() => (button ? button.click() : form.requestSubmit()), 0);
    return true;
  }

  const measure = () => ({ blank: blank(), links: links(), overflow: overflow(), clipped: clipped(), forms: forms() });
  globalThis.probe = { idle, measure, violations, submit };
})();
