import { Monitor, Moon, Sun, UserPlus } from "lucide-react";
import { useNavigate } from "react-router";

import {
  CommandDialog,
  CommandEmpty,
  CommandGroup,
  CommandInput,
  CommandItem,
  CommandList,
} from "@/components/ui/command";
import { useTheme } from "@/core/theme";
import { usePeople } from "@/data/people";
import { path, type AppRoute } from "@/routing";

const THEMES = [
  { theme: "light", label: "Light colours", icon: Sun },
  { theme: "dark", label: "Dark colours", icon: Moon },
  { theme: "system", label: "Colours of the device", icon: Monitor },
] as const;

interface PaletteProps {
  menu: AppRoute[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Goes anywhere, and does what is done often, by its name. */
export function Palette({ menu, open, onOpenChange }: PaletteProps) {
  const { items } = usePeople();
  const { fixed, setTheme } = useTheme();
  const navigate = useNavigate();

  function go(to: string) {
    onOpenChange(false);
    void navigate(to);
  }

  return (
    <CommandDialog open={open} onOpenChange={onOpenChange} title="Search" description="Go to a page or a person.">
      <CommandInput placeholder="Where to?" />
      <CommandList>
        <CommandEmpty>Nothing is called that.</CommandEmpty>
        <CommandGroup heading="Pages">
          {menu.map(({ path: to, label, icon: Icon }) => (
            <CommandItem key={to} value={`page ${label}`} onSelect={() => go(to)}>
              {Icon && <Icon />}
              {label}
            </CommandItem>
          ))}
          <CommandItem value="add person new" onSelect={() => go("/people?add")}>
            <UserPlus />
            Add a person
          </CommandItem>
        </CommandGroup>
        <CommandGroup heading="People">
          {items.map(({ id, name, email }) => (
            <CommandItem key={id} value={`${name} ${email}`} onSelect={() => go(path("/people/:id", { id }))}>
              <span className="truncate">{name}</span>
              <span className="ml-auto truncate text-muted-foreground">{email}</span>
            </CommandItem>
          ))}
        </CommandGroup>
        {!fixed && (
          <CommandGroup heading="Appearance">
            {THEMES.map(({ theme, label, icon: Icon }) => (
              <CommandItem
                key={theme}
                value={`theme ${label}`}
                onSelect={() => {
                  onOpenChange(false);
                  setTheme(theme);
                }}
              >
                <Icon />
                {label}
              </CommandItem>
            ))}
          </CommandGroup>
        )}
      </CommandList>
    </CommandDialog>
  );
}
