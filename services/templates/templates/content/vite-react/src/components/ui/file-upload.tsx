import { FileIcon, UploadIcon, XIcon } from "lucide-react";
import { type ComponentProps, type DragEvent, useId, useState } from "react";

import { cn } from "@/core/utils";

import { Button } from "./button";

export interface FileUploadProps extends Omit<ComponentProps<"div">, "value" | "onChange"> {
  value?: File[];
  /** Gets the files that are chosen now, old and new. */
  onFilesChange?: (files: File[]) => void;
  /** As in <input type="file">: ".pdf,image/*". */
  accept?: string;
  multiple?: boolean;
  /** Bytes of one file. */
  maxSize?: number;
  disabled?: boolean;
  label?: string;
  hint?: string;
}

/** A field to choose files in or drop them on, with the list of them; sending them is the app's. */
export function FileUpload({
  value,
  onFilesChange,
  accept,
  multiple = false,
  maxSize,
  disabled = false,
  label = "Choose files or drop them here",
  hint,
  className,
  ...props
}: FileUploadProps) {
  const [own, setOwn] = useState<File[]>([]);
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState("");
  const id = useId();
  const files = value ?? own;

  function change(next: File[]) {
    setOwn(next);
    onFilesChange?.(next);
  }

  function add(chosen: FileList | null) {
    const given = [...(chosen ?? [])];
    const fitting = given.filter((file) => takes(accept, file) && file.size <= (maxSize ?? Infinity));
    const names = given.filter((file) => !fitting.includes(file)).map((file) => file.name);
    setRefused(names.length > 0 ? `Not taken, too large or of another kind: ${names.join(", ")}` : "");
    if (fitting.length > 0) change(multiple ? [...files, ...fitting] : fitting.slice(0, 1));
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    if (!disabled) add(event.dataTransfer.files);
  }

  return (
    <div data-slot="file-upload" className={cn("grid gap-3", className)} {...props}>
      <label
        htmlFor={id}
        data-over={over}
        data-disabled={disabled}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={
          "flex cursor-pointer flex-col items-center gap-2 rounded-lg border border-dashed " +
          "border-input p-6 text-center text-sm transition-colors hover:bg-accent " +
          "has-focus-visible:outline-2 has-focus-visible:outline-ring " +
          "data-[disabled=true]:cursor-not-allowed data-[disabled=true]:opacity-55 " +
          "data-[over=true]:border-primary data-[over=true]:bg-accent"
        }
      >
        <UploadIcon aria-hidden className="size-5 text-muted-foreground" />
        <span className="font-medium">{label}</span>
        {hint && <span className="text-muted-foreground">{hint}</span>}
        <input
          id={id}
          type="file"
          className="sr-only"
          {...{ accept, multiple, disabled }}
          onChange={(event) => {
            add(event.target.files);
            event.target.value = "";
          }}
        />
      </label>
      {refused && (
        <p role="alert" className="text-sm text-destructive">
          {refused}
        </p>
      )}
      <Chosen files={files} onRemove={(file) => change(files.filter((other) => other !== file))} />
    </div>
  );
}

function Chosen({ files, onRemove }: { files: File[]; onRemove: (file: File) => void }) {
  if (files.length === 0) return null;
  return (
    <ul className="grid gap-2">
      {files.map((file, index) => (
        <li
          key={index}
          className={"flex items-center gap-3 rounded-md border border-border px-3 py-1.5 text-sm"}
        >
          <FileIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
          <span className="min-w-0 flex-1 truncate">{file.name}</span>
          <span className="text-muted-foreground">{sizeOf(file.size)}</span>
          <Button
            type="button"
            variant="ghost"
            size="icon-xs"
            aria-label={`Remove ${file.name}`}
            onClick={() => onRemove(file)}
          >
            <XIcon />
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** Whether a file is of a kind in the list; dropping goes past the browser's own choice. */
function takes(accept: string | undefined, file: File): boolean {
  const kinds = (accept ?? "")
    .toLowerCase()
    .split(",")
    .map((kind) => kind.trim())
    .filter(Boolean);
  return (
    kinds.length === 0 ||
    kinds.some((kind) => {
      if (kind.startsWith(".")) return file.name.toLowerCase().endsWith(kind);
      return kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : file.type === kind;
    })
  );
}

function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step ? 1 : 0)} ${units[step]}`;
}
