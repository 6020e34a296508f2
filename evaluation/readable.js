// Texts on the screen that can hardly be told from what is behind them, as "text (ratio)"; worst first.
(least) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (rgb) => {
    const [r, g, b] = [...rgb].slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // The nearest opaque colour behind an element; null where a picture or something half transparent is.
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const found = colour(style.backgroundColor);
      if (style.backgroundImage !== "none" || (found[3] > 0 && found[3] < 250)) return null;
      if (found[3] >= 250) return found;
    }
    return colour(matchMedia("(prefers-color-scheme: dark)").matches
      && getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "#121212" : "#fff");
  };
  const own = (element) =>
    [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
  const faults = [];
  for (const element of document.body.querySelectorAll("*")) {
    const text = own(element);
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest("svg, option, script, style, :disabled, [aria-hidden=true], [aria-disabled=true]")) continue;
    const back = behind(element);
    if (!back) continue;
    const [a, b] = [luminance(colour(getComputedStyle(element).color)), luminance(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least) faults.push([ratio, `“${text.slice(0, 40)}” (${ratio.toFixed(1)}:1)`]);
  }
  return faults.sort(([a], [b]) => a - b).map(([, fault]) => fault);
}
