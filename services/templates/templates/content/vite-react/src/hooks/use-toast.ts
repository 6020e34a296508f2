import { type ExternalToast, toast as show, useSonner } from "sonner";

import type { ToastProps } from "@/components/ui/toast";

type Id = string | number;

const kinds = { default: show, destructive: show.error, success: show.success, warning: show.warning };

function present(
  { title, description, variant = "default", action, duration, onOpenChange }: ToastProps,
  id?: Id,
): Id {
  const closed = onOpenChange && (() => onOpenChange(false));
  const data: ExternalToast = { id, action, duration, onDismiss: closed, onAutoClose: closed };
  // A notice without a title says its description.
  return kinds[variant](title ?? description, title ? { ...data, description } : data);
}

/** Shows a notice: toast({ title: "Saved", description: "…", variant: "destructive" }). */
export function toast(props: ToastProps) {
  const id = present(props);
  return { id, dismiss: () => show.dismiss(id), update: (next: ToastProps) => present(next, id) };
}

export function useToast() {
  const { toasts } = useSonner();
  return { toast, toasts, dismiss: (id?: Id) => show.dismiss(id) };
}
