import { BoldIcon, ItalicIcon, PlusIcon, UnderlineIcon } from "lucide-react";

import {
  Button,
  ButtonGroup,
  ButtonGroupText,
  Kbd,
  KbdGroup,
  Spinner,
  Toggle,
  ToggleGroup,
  ToggleGroupItem,
  toast,
} from "@/components/ui";
import { toast as olderToast } from "@/hooks/use-toast";

import type { Shows } from "../App";

const variants = ["default", "secondary", "outline", "ghost", "destructive", "link"] as const;

export const actions: Shows = {
  button: () => (
    <div className="flex flex-wrap items-center gap-2">
      {variants.map((variant) => (
        <Button key={variant} variant={variant}>
          {variant}
        </Button>
      ))}
      <Button size="xs">xs</Button>
      <Button size="sm">sm</Button>
      <Button size="lg">lg</Button>
      <Button size="icon" aria-label="Add">
        <PlusIcon />
      </Button>
      <Button disabled>
        <Spinner /> Saving
      </Button>
    </div>
  ),
  "button-group": () => (
    <ButtonGroup aria-label="Paging">
      <ButtonGroupText>Page 2</ButtonGroupText>
      <Button variant="outline">Back</Button>
      <Button variant="outline">Forward</Button>
    </ButtonGroup>
  ),
  toggle: () => (
    <Toggle aria-label="Bold" variant="outline" defaultPressed>
      <BoldIcon />
    </Toggle>
  ),
  "toggle-group": () => (
    <ToggleGroup type="multiple" variant="outline" defaultValue={["italic"]} aria-label="Format">
      <ToggleGroupItem value="bold" aria-label="Bold">
        <BoldIcon />
      </ToggleGroupItem>
      <ToggleGroupItem value="italic" aria-label="Italic">
        <ItalicIcon />
      </ToggleGroupItem>
      <ToggleGroupItem value="underline" aria-label="Underline">
        <UnderlineIcon />
      </ToggleGroupItem>
    </ToggleGroup>
  ),
  kbd: () => (
    <KbdGroup>
      <Kbd>Ctrl</Kbd>
      <Kbd>K</Kbd>
    </KbdGroup>
  ),
  spinner: () => <Spinner className="size-6" />,
  sonner: () => (
    <Button onClick={() => toast.success("Saved", { description: "All is kept." })}>Notice</Button>
  ),
  toast: () => (
    <Button variant="outline" onClick={() => olderToast({ title: "Not sent", variant: "destructive" })}>
      Older notice
    </Button>
  ),
};
