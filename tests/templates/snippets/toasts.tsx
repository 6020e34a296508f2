import { toast as sonnerToast } from "sonner";
import { Button } from "@/components/ui/button";
import { Toaster } from "@/components/ui/toaster";
import { Toaster as Sonner } from "@/components/ui/sonner";
import { ToastAction } from "@/components/ui/toast";
import { useToast } from "@/hooks/use-toast";
import { TooltipProvider } from "@/components/ui/tooltip";

export default function Toasts() {
  const { toast, dismiss } = useToast();

  return (
    <TooltipProvider>
      <Toaster />
      <Sonner position="top-right" richColors />
      <div className="flex flex-wrap gap-2">
        <Button
          variant="outline"
          onClick={() => {
            const { id } = toast({
              title: "Scheduled: Catch up",
              description: "Friday, February 10, 2023 at 5:57 PM",
              duration: 5000,
              action: (
                <ToastAction altText="Goto schedule to undo" onClick={() => dismiss(id)}>
                  Undo
                </ToastAction>
              ),
            });
          }}
        >
          Add to calendar
        </Button>
        <Button onClick={() => sonnerToast("Event has been created", { description: "Sunday", action: { label: "Undo", onClick: () => {} } })}>
          Show Toast
        </Button>
        <Button
          variant="destructive"
          onClick={() => toast({ variant: "destructive", title: "Uh oh!", description: "There was a problem with your request." })}
        >
          Fail
        </Button>
        <Button
          variant="secondary"
          onClick={() => sonnerToast.promise(Promise.resolve("ok"), { loading: "Saving...", success: "Saved!", error: "Failed" })}
        >
          Promise
        </Button>
      </div>
    </TooltipProvider>
  );
}
