import { Monitor, Moon, Sun } from "lucide-react";

import { Card, CardContent } from "@/components/ui/card";
import { Field, FieldContent, FieldDescription, FieldLabel, FieldLegend, FieldSet, FieldTitle } from "@/components/ui/field";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { useTheme, type Theme } from "@/core/theme";

const THEMES = [
  { theme: "light", title: "Light", text: "Dark words on a light page", icon: Sun },
  { theme: "dark", title: "Dark", text: "Light words on a dark page", icon: Moon },
  { theme: "system", title: "As the device", text: "Follows the day, if the device does", icon: Monitor },
] as const;

export function Appearance() {
  const { theme, fixed, setTheme } = useTheme();
  return (
    <Card>
      <CardContent>
        {fixed ? (
          <p className="text-sm text-muted-foreground">This app has one look.</p>
        ) : (
          <FieldSet>
            <FieldLegend>Colours</FieldLegend>
            <RadioGroup
              aria-label="Colours"
              value={theme}
              onValueChange={(next) => setTheme(next as Theme)}
              className="sm:grid-cols-3"
            >
              {THEMES.map(({ theme: value, title, text, icon: Icon }) => (
                <FieldLabel key={value} htmlFor={`theme-${value}`}>
                  <Field orientation="horizontal">
                    <FieldContent>
                      <FieldTitle>
                        <Icon aria-hidden className="size-4" />
                        {title}
                      </FieldTitle>
                      <FieldDescription>{text}</FieldDescription>
                    </FieldContent>
                    <RadioGroupItem id={`theme-${value}`} value={value} aria-label={title} />
                  </Field>
                </FieldLabel>
              ))}
            </RadioGroup>
          </FieldSet>
        )}
      </CardContent>
    </Card>
  );
}
