// What the runtime uses of Node's modules, which Workers have by `nodejs_compat`.
declare module "node:zlib" {
  export function brotliDecompressSync(bytes: Uint8Array): Uint8Array;
}
