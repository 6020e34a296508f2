/** What the database says of a call it did not carry out. */
export interface DatabaseError {
  code: string | number;
  message: string;
}

/** The app was not deployed, so it has no database. */
export const NO_DATABASE: DatabaseError = {
  code: "database_missing",
  message: "this app has no database yet. It gets one when it is deployed",
};

/** An entry that a change was for did not come back: there is none that this visitor may change. */
export const NO_ENTRY: DatabaseError = {
  code: "entry_missing",
  message: "the entry is gone, or it is not yours to change",
};

// By Postgres' and PostgREST's codes, what people can do about it.
const REASONS: Record<string, string> = {
  "23502": "something that is needed was left empty",
  "23503": "it belongs to something that is gone",
  "23505": "there is such an entry already",
  "23514": "a value is not one that is allowed",
  "22001": "a text is too long",
  "42501": "you are not allowed to do that. Sign in, if you have not",
  "57014": "the database took too long. Try again",
  PGRST301: "your sign-in has run out. Sign in again",
  PGRST303: "your sign-in has run out. Sign in again",
};

/** Why a call was not carried out, as the end of a sentence without its full stop. */
export function reasonOf({ code, message }: DatabaseError): string {
  // What never reached a server has none of its codes: nothing, or a number of the browser's.
  if (!code || typeof code === "number") return "the server cannot be reached. Check the connection and try again";
  return REASONS[code] ?? message;
}
