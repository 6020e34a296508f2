import type { Plugin } from "vite";

const NAMED = /^[ \t]*[\w$]+\.displayName = [^;{}\n]*;$/gm;
const MADE = /(?<== )(?=(?:[\w$]+\.)?(?:createContext|forwardRef|memo)\()/g;

/**
 * These packages name their components for developer tools (`Form.displayName = …`), and a line like that keeps its
 * component in the bundle, used or not. Without the names a build leaves out what nobody imports.
 */
export function leaveOutUnusedComponents(): Plugin {
  return {
    name: "leave-out-unused-components",
    apply: "build",
    transform: {
      filter: { id: /\/node_modules\/(?:@radix-ui|react-router)\//, code: ".displayName = " },
      handler: (code) => ({ code: code.replace(NAMED, "").replace(MADE, "/* @__PURE__ */ "), map: null }),
    },
  };
}
