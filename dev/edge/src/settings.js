/** The only place that reads the environment. */

/**
 * @typedef {object} Settings
 * @property {string} host
 * @property {{apps: number, api: number, s3: number}} ports 0 takes any free port
 * @property {string} stateDir
 * @property {string} accountId
 * @property {string} apiToken
 * @property {{accessKeyId: string, secretAccessKey: string}} s3Keys
 * @property {string | null} subdomain the account's workers.dev subdomain before anybody sets one
 * @property {number} idleSeconds
 * @property {number} startupSeconds
 * @property {number} maxInstances
 * @property {number} placeSeconds so long an upload waits while all of them are in use
 * @property {number} versionsKept per script; older ones can no longer be deployed
 * @property {{calls: number, seconds: number} | null} rateLimit of the API; null: none
 * @property {boolean} control
 */

const REQUIRED = ["EDGE_STATE_DIR", "EDGE_ACCOUNT_ID", "EDGE_API_TOKEN", "EDGE_S3_ACCESS_KEY_ID", "EDGE_S3_SECRET_ACCESS_KEY"];
const SECRET = ["EDGE_API_TOKEN", "EDGE_S3_ACCESS_KEY_ID", "EDGE_S3_SECRET_ACCESS_KEY"];

/**
 * Reads the settings and takes the secrets out of `env`, so that child processes do not inherit them.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 */
export function takeSettings(env) {
  const missing = REQUIRED.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`the edge needs these environment variables: ${missing.join(", ")}`);
  const text = (/** @type {string} */ name, fallback = "") => env[name] ?? fallback;
  const settings = {
    host: text("EDGE_HOST", "127.0.0.1"),
    ports: {
      apps: number(env, "EDGE_APPS_PORT", 8787, 0),
      api: number(env, "EDGE_API_PORT", 8788, 0),
      s3: number(env, "EDGE_S3_PORT", 8789, 0),
    },
    stateDir: text("EDGE_STATE_DIR"),
    accountId: text("EDGE_ACCOUNT_ID"),
    apiToken: text("EDGE_API_TOKEN"),
    s3Keys: { accessKeyId: text("EDGE_S3_ACCESS_KEY_ID"), secretAccessKey: text("EDGE_S3_SECRET_ACCESS_KEY") },
    subdomain: text("EDGE_SUBDOMAIN", "local") || null,
    idleSeconds: number(env, "EDGE_IDLE_SECONDS", 300, 0.1),
    startupSeconds: number(env, "EDGE_STARTUP_SECONDS", 20, 0.1),
    maxInstances: number(env, "EDGE_MAX_INSTANCES", 24, 2),
    placeSeconds: number(env, "EDGE_PLACE_SECONDS", 30, 0.1),
    versionsKept: number(env, "EDGE_VERSIONS_KEPT", 100, 1),
    rateLimit: rateLimit(env),
    control: env.EDGE_CONTROL === "1",
  };
  for (const name of SECRET) delete env[name];
  return settings;
}

/** @param {NodeJS.ProcessEnv} env */
function rateLimit(env) {
  const calls = number(env, "EDGE_RATE_CALLS", 0, 0);
  const seconds = number(env, "EDGE_RATE_SECONDS", 300, 0.1);
  return calls > 0 ? { calls, seconds } : null;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {number} fallback
 * @param {number} least
 */
function number(env, name, fallback, least) {
  const value = env[name] ? Number(env[name]) : fallback;
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`${name} must be a number of at least ${least}, not "${env[name]}"`);
}
