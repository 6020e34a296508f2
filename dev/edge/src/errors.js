/** Errors that know their form in Cloudflare's envelope: HTTP status, code and the text people read. */

export class ApiError extends Error {
  /**
   * @param {number} status HTTP status
   * @param {number} code Cloudflare's error code
   * @param {string} message
   * @param {Record<string, string>} [headers] of the answer
   */
  constructor(status, code, message, headers = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const scriptNotFound = () => new ApiError(404, 10007, "This Worker does not exist on your account.");

/** @param {string} id */
export const versionNotFound = (id) => new ApiError(404, 100146, `Version ${id} does not exist for this Worker.`);

/** @param {string} message what workerd, or the check before it, has to say about the script */
export const scriptInvalid = (message) => new ApiError(400, 10021, message);

/** @param {string} message */
export const badRequest = (message) => new ApiError(400, 10026, message);
