/** Files that are old or new after a crash, never half. */
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";

/**
 * Writes next to the target, syncs, renames over it and syncs the folder.
 * @param {string} file
 * @param {string | Uint8Array | Uint8Array[]} data
 */
export async function writeAtomic(file, data) {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      for (const chunk of Array.isArray(data) ? data : [data]) await handle.writeFile(chunk);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** @param {string} folder */
export async function syncFolder(folder) {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @param {string} folder */
export async function makeFolder(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}
