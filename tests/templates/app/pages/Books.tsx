import { useRef, useState, type FormEvent } from "react";

import {
  Badge,
  Button,
  Card,
  CardContent,
  CardHeader,
  CardTitle,
  Checkbox,
  EmptyState,
  Input,
  Label,
  NativeSelect,
  Textarea,
} from "@/components/ui";
import { useCollection, type Entry } from "@/lib/collection";

interface Book {
  title: string;
  rating: number;
  note?: string;
  done: boolean;
}

function Row({ book }: { book: Entry<Book> }) {
  const { update, remove } = useCollection<Book>("books");
  return (
    <li className="flex flex-wrap items-center gap-3">
      <Checkbox
        aria-label={`Done: ${book.title}`}
        checked={book.done}
        onCheckedChange={(checked) => update(book.id, { done: checked === true })}
      />
      <span className="grow">{book.title}</span>
      <Badge variant={book.done ? "success" : "secondary"}>{book.done ? "Done" : `${book.rating} stars`}</Badge>
      <Button variant="ghost" size="sm" onClick={() => remove(book.id)}>
        Remove {book.title}
      </Button>
    </li>
  );
}

export function Books() {
  const { items, add } = useCollection<Book>("books");
  const [title, setTitle] = useState("");
  const field = useRef<HTMLInputElement>(null);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    add({ title, rating: Number(data.get("rating")), note: String(data.get("note")), done: false });
    setTitle("");
    field.current?.focus();
  }

  return (
    <div className="grid gap-6 md:grid-cols-2">
      <h1 className="text-3xl font-semibold md:col-span-2">Books</h1>
      <Card>
        <CardHeader>
          <CardTitle>Add a book</CardTitle>
        </CardHeader>
        <CardContent>
          <form onSubmit={submit} className="space-y-4">
            <div className="space-y-1.5">
              <Label htmlFor="title">Title</Label>
              <Input id="title" ref={field} required value={title} onChange={(event) => setTitle(event.target.value)} />
            </div>
            <div className="space-y-1.5">
              <Label htmlFor="rating">Rating</Label>
              <NativeSelect id="rating" name="rating" defaultValue="3" className="w-40">
                <option value="1">1</option>
                <option value="3">3</option>
                <option value="5">5</option>
              </NativeSelect>
            </div>
            <div className="space-y-1.5">
              <Label htmlFor="note">Note</Label>
              <Textarea id="note" name="note" placeholder="What stays with you?" />
            </div>
            <div className="flex flex-wrap gap-2">
              <Button type="submit">Add book</Button>
              <Button type="button" variant="outline" onClick={() => setTitle("")}>
                Clear
              </Button>
              <Button variant="destructive" disabled>
                Delete all
              </Button>
            </div>
          </form>
        </CardContent>
      </Card>
      {items.length === 0 ? (
        <EmptyState title="No books yet" description="Add the first one with the form." />
      ) : (
        <Card>
          <CardHeader>
            <CardTitle>{items.length} on the shelf</CardTitle>
          </CardHeader>
          <CardContent>
            <ul className="space-y-2">
              {items.map((book) => (
                <Row key={book.id} book={book} />
              ))}
            </ul>
          </CardContent>
        </Card>
      )}
    </div>
  );
}
