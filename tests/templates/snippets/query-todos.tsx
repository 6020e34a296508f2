import { QueryClient, QueryClientProvider, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { Loader2, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { Progress } from "@/components/ui/progress";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import { Empty, EmptyDescription, EmptyHeader, EmptyMedia, EmptyTitle } from "@/components/ui/empty";

type Todo = { id: string; text: string; done: boolean };
type Filter = "all" | "open" | "done";

const useFilter = create<{ filter: Filter; setFilter: (f: Filter) => void }>()(
  persist(
    (set) => ({ filter: "all", setFilter: (filter) => set({ filter }) }),
    { name: "todo-filter" },
  ),
);

let stored: Todo[] = [{ id: "1", text: "Buy milk", done: false }];
const api = {
  list: async (): Promise<Todo[]> => [...stored],
  add: async (text: string) => {
    stored = [...stored, { id: crypto.randomUUID(), text, done: false }];
  },
};

function Todos() {
  const queryClient = useQueryClient();
  const { filter, setFilter } = useFilter();
  const [text, setText] = useState("");
  const { data: todos = [], isLoading, error } = useQuery({ queryKey: ["todos"], queryFn: api.list });
  const { mutate: addTodo, isPending } = useMutation({
    mutationFn: api.add,
    onSuccess: () => {
      queryClient.invalidateQueries({ queryKey: ["todos"] });
      setText("");
    },
  });

  if (isLoading) return <Skeleton className="h-12 w-full" />;
  if (error) return <p className="text-destructive">{(error as Error).message}</p>;
  const shown = todos.filter((t) => (filter === "all" ? true : filter === "done" ? t.done : !t.done));

  return (
    <div className="space-y-4 max-w-md">
      <form
        className="flex gap-2"
        onSubmit={(e) => {
          e.preventDefault();
          if (text.trim()) addTodo(text);
        }}
      >
        <Input value={text} onChange={(e) => setText(e.target.value)} placeholder="Add a task..." aria-label="Task" />
        <Button type="submit" disabled={isPending}>
          {isPending ? <Loader2 className="animate-spin" /> : <Plus />}
          Add
        </Button>
      </form>
      <ToggleGroup type="single" value={filter} onValueChange={(value) => value && setFilter(value as Filter)}>
        <ToggleGroupItem value="all">All</ToggleGroupItem>
        <ToggleGroupItem value="open">Open</ToggleGroupItem>
        <ToggleGroupItem value="done">Done</ToggleGroupItem>
      </ToggleGroup>
      <Progress value={(todos.filter((t) => t.done).length / Math.max(todos.length, 1)) * 100} className="w-[60%]" />
      {shown.length === 0 ? (
        <Empty>
          <EmptyHeader>
            <EmptyMedia variant="icon">
              <Plus />
            </EmptyMedia>
            <EmptyTitle>No tasks</EmptyTitle>
            <EmptyDescription>Add your first one above.</EmptyDescription>
          </EmptyHeader>
        </Empty>
      ) : (
        shown.map((todo) => (
          <label key={todo.id} className="flex items-center gap-2">
            <Checkbox defaultChecked={todo.done} /> {todo.text}
          </label>
        ))
      )}
    </div>
  );
}

const client = new QueryClient();

export default function App() {
  return (
    <QueryClientProvider client={client}>
      <Todos />
    </QueryClientProvider>
  );
}
