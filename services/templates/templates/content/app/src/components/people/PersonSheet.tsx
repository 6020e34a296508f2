import { toast } from "sonner";

import { PersonForm } from "@/components/people/PersonForm";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { usePeople, type Person, type PersonData } from "@/data/people";

interface PersonSheetProps {
  /** Who is edited; null: somebody new. */
  person: Person | null;
  open: boolean;
  onClose: () => void;
}

export function PersonSheet({ person, open, onClose }: PersonSheetProps) {
  const { items, add, update } = usePeople();

  function save(data: PersonData, changed: Partial<PersonData>) {
    if (!person) add(data);
    else if (Object.keys(changed).length > 0) update(person.id, changed);
    toast.success(person ? "Saved" : `${data.name} was added`);
    onClose();
  }

  const others = items.filter(({ id }) => id !== person?.id).map(({ email }) => email.toLowerCase());
  return (
    <Sheet open={open} onOpenChange={(next) => !next && onClose()}>
      <SheetContent className="w-[min(100vw,28rem)]">
        <SheetHeader>
          <SheetTitle>{person ? "Edit person" : "Add a person"}</SheetTitle>
          <SheetDescription>{person ? person.name : "They are in the list at once."}</SheetDescription>
        </SheetHeader>
        <PersonForm person={person} taken={others} onSave={save} onCancel={onClose} />
      </SheetContent>
    </Sheet>
  );
}
