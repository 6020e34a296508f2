import { site } from "@/content/site";
import { tables } from "@/lib/database.types";

export type Sent = "stored" | "mail";

const TABLE = "messages";

/**
 * Keeps what somebody wrote in the app's table `messages`, whose columns are the properties (visitors need to be
 * allowed to insert); without such a table their mail program gets it. Throws what the database refuses with.
 */
export async function sendMessage(message: Record<string, string>): Promise<Sent> {
  if (__HAS_TABLES__ && (tables as readonly string[]).includes(TABLE)) {
    const { supabase } = await import("@/database/client");
    const { error } = await supabase.from(TABLE as never).insert(message as never);
    if (error) throw error;
    return "stored";
  }
  const text = Object.entries(message).map(([name, value]) => `${name}: ${value}`);
  const query = `subject=${encodeURIComponent(site.name)}&body=${encodeURIComponent(text.join("\n\n"))}`;
  window.location.assign(`mailto:${site.email}?${query}`);
  return "mail";
}
