import { useState } from "react";
import {
  DndContext,
  DragEndEvent,
  DragOverlay,
  DragStartEvent,
  KeyboardSensor,
  PointerSensor,
  closestCorners,
  useDroppable,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { SortableContext, arrayMove, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { GripVertical, Plus } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { ScrollArea } from "@/components/ui/scroll-area";

interface Task {
  id: string;
  title: string;
  column: "todo" | "doing" | "done";
  priority: "low" | "medium" | "high";
}

const columns: { id: Task["column"]; title: string }[] = [
  { id: "todo", title: "To Do" },
  { id: "doing", title: "In Progress" },
  { id: "done", title: "Done" },
];

function TaskCard({ task }: { task: Task }) {
  const { attributes, listeners, setNodeRef, transform, transition, isDragging } = useSortable({ id: task.id });
  const style: React.CSSProperties = { transform: CSS.Transform.toString(transform), transition, opacity: isDragging ? 0.5 : 1 };
  return (
    <Card ref={setNodeRef} style={style} className="p-3 mb-2">
      <div className="flex items-center gap-2">
        <button {...attributes} {...listeners} className="cursor-grab" aria-label={`Move ${task.title}`}>
          <GripVertical className="h-4 w-4 text-muted-foreground" />
        </button>
        <span className="flex-1 text-sm">{task.title}</span>
        <Badge variant={task.priority === "high" ? "destructive" : "outline"}>{task.priority}</Badge>
      </div>
    </Card>
  );
}

function Column({ id, title, tasks }: { id: string; title: string; tasks: Task[] }) {
  const { setNodeRef } = useDroppable({ id });
  return (
    <Card className="flex-1 min-w-[250px]">
      <CardHeader className="flex flex-row items-center justify-between">
        <CardTitle className="text-sm font-medium">
          {title} ({tasks.length})
        </CardTitle>
        <Button size="icon" variant="ghost" aria-label={`Add to ${title}`}>
          <Plus className="h-4 w-4" />
        </Button>
      </CardHeader>
      <CardContent>
        <ScrollArea className="h-[300px]">
          <div ref={setNodeRef} className="min-h-[100px]">
            <SortableContext items={tasks.map((t) => t.id)} strategy={verticalListSortingStrategy}>
              {tasks.map((task) => (
                <TaskCard key={task.id} task={task} />
              ))}
            </SortableContext>
          </div>
        </ScrollArea>
      </CardContent>
    </Card>
  );
}

export default function KanbanBoard() {
  const [tasks, setTasks] = useState<Task[]>([
    { id: "1", title: "Design homepage", column: "todo", priority: "high" },
    { id: "2", title: "Write tests", column: "doing", priority: "medium" },
    { id: "3", title: "Ship it", column: "done", priority: "low" },
  ]);
  const [active, setActive] = useState<Task | null>(null);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );

  const handleDragStart = (event: DragStartEvent) => setActive(tasks.find((t) => t.id === event.active.id) ?? null);

  const handleDragEnd = (event: DragEndEvent) => {
    const { active, over } = event;
    setActive(null);
    if (!over) return;
    setTasks((items) => {
      const oldIndex = items.findIndex((t) => t.id === active.id);
      const newIndex = items.findIndex((t) => t.id === over.id);
      const target = columns.find((c) => c.id === over.id)?.id ?? items[newIndex]?.column;
      const next = items.map((t, i) => (i === oldIndex && target ? { ...t, column: target } : t));
      return newIndex >= 0 ? arrayMove(next, oldIndex, newIndex) : next;
    });
  };

  return (
    <DndContext sensors={sensors} collisionDetection={closestCorners} onDragStart={handleDragStart} onDragEnd={handleDragEnd}>
      <div className="flex gap-4 overflow-x-auto p-4">
        {columns.map((column) => (
          <Column key={column.id} {...column} tasks={tasks.filter((t) => t.column === column.id)} />
        ))}
      </div>
      <DragOverlay>{active ? <Card className="p-3">{active.title}</Card> : null}</DragOverlay>
    </DndContext>
  );
}
