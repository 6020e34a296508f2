export { supabase, type Tables } from "./client";
export { StorageError, useCollection, type Collection, type Entry } from "./collection";
export { dataOf, DatabaseProblem, table } from "./rows";
export { useSamples, type Samples } from "./samples";
