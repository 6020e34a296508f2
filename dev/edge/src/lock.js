/** One edge per state folder: two would write over each other. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import net from "node:net";

/**
 * Holds the folder until the process ends, however it ends. The lock is a socket without a file, which only
 * Linux has; elsewhere there is none.
 * @param {string} folder
 * @returns {Promise<void>}
 */
export function lockFolder(folder) {
  if (process.platform !== "linux") return Promise.resolve();
  const name = createHash("sha256").update(realpathSync(folder)).digest("hex");
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once("error", () => reject(new Error(`another edge uses ${folder}; stop it or set EDGE_STATE_DIR`)));
    server.listen(`\0edge-${name}`, () => {
      server.unref();
      resolve();
    });
  });
}
