import { useCollection } from "@/lib/collection";

export interface Profile {
  name: string;
  email: string;
  /** How many people a page of the list shows. */
  pageSize: number;
}

const NEW: Profile = { name: "", email: "", pageSize: 10 };

/** What this browser knows of who uses it. */
export function useProfile(): { profile: Profile; save: (profile: Profile) => void } {
  const { items, add, update } = useCollection<Profile>("profile");
  const [known] = items;
  return {
    profile: { ...NEW, ...known },
    save: (profile) => (known ? update(known.id, profile) : void add(profile)),
  };
}
