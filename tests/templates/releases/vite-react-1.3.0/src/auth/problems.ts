import { isAuthRetryableFetchError, type AuthError } from "@supabase/supabase-js";

import { texts } from "@/texts/auth";

/** What went wrong, in words for the person, and the field it is about. */
export interface Problem {
  message: string;
  field?: "email" | "password";
  /** The address has to be confirmed first. */
  unconfirmed?: boolean;
}

const KNOWN: Record<string, Problem> = {
  invalid_credentials: { message: texts.wrongPassword },
  email_not_confirmed: { message: texts.unconfirmed, unconfirmed: true },
  user_already_exists: { message: texts.taken, field: "email" },
  email_exists: { message: texts.taken, field: "email" },
  email_address_invalid: { message: texts.badAddress, field: "email" },
  same_password: { message: texts.samePassword, field: "password" },
  signup_disabled: { message: texts.closed },
  email_provider_disabled: { message: texts.closed },
  user_banned: { message: texts.blocked },
  over_request_rate_limit: { message: texts.tooMany },
  over_email_send_rate_limit: { message: texts.tooMany },
  otp_expired: { message: texts.linkUsed },
  session_not_found: { message: texts.linkUsed },
};

export function problemOf(error: AuthError): Problem {
  if (isAuthRetryableFetchError(error)) return { message: texts.offline };
  const known = KNOWN[error.code ?? ""];
  if (known) return known;
  // The server knows best what its passwords need.
  if (error.code === "weak_password") return { message: error.message || texts.weakPassword, field: "password" };
  if (error.name === "AuthSessionMissingError") return { message: texts.linkUsed };
  return { message: texts.failed(error.message) };
}
