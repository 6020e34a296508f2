import { type SubmitEvent } from "react";

import { Button, Input, Label } from "@/components/ui";
import { useCollection } from "@/lib/collection";
import { supabase, type Tables } from "@/lib/supabase";

interface Note {
  text: string;
  dueDate: string | null;
}

const lengthOf = (note: Pick<Tables<"notes">, "text">) => note.text.length;

export function Notes() {
  const { items, loading, add, update, remove } = useCollection<Note>("notes");

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text"));
    add({ text, dueDate: "2030-01-31" });
    event.currentTarget.reset();
  }

  async function count() {
    const { data } = await supabase.from("notes").select("text");
    document.title = `${(data ?? []).map(lengthOf).length} notes`;
  }

  return (
    <>
      <h1>Notes</h1>
      <form onSubmit={submit}>
        <Label htmlFor="text">Text</Label>
        <Input id="text" name="text" />
        <Button type="submit">Add</Button>
      </form>
      <Button onClick={count}>Count</Button>
      {loading ? (
        <p role="status">Loading…</p>
      ) : (
        <ul>
          {items.map((note) => (
            <li key={note.id}>
              {note.text} until {note.dueDate} since {note.createdAt}
              <Button onClick={() => update(note.id, { text: `${note.text}!` })}>Shout {note.text}</Button>
              <Button onClick={() => remove(note.id)}>Remove {note.text}</Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
