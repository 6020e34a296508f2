import { supabase } from "./client";
import { reasonOf, type DatabaseError } from "./errors";

/** Why the database did not do what it was asked, in words for people; `code` is Postgres' or PostgREST's. */
export class DatabaseProblem extends Error {
  override name = "DatabaseProblem";
  readonly code: string | number;

  constructor(cause: DatabaseError) {
    super(reasonOf(cause), { cause });
    this.code = cause.code;
  }

  /** Whether the table's policies forbid it to this visitor. */
  get forbidden(): boolean {
    return this.code === "42501";
  }
}

/** A table of the app's own database, typed by its migrations: table("books").select().eq("done", true). */
export const table = supabase.from.bind(supabase);

/**
 * What a query answers with; throws DatabaseProblem where the database refuses. For useQuery, and wherever an error
 * is to be seen: const books = await dataOf(table("books").select());
 */
export async function dataOf<T>(query: PromiseLike<{ data: T; error: DatabaseError | null }>): Promise<NonNullable<T>> {
  const { data, error } = await query;
  if (error) throw new DatabaseProblem(error);
  return data as NonNullable<T>;
}
