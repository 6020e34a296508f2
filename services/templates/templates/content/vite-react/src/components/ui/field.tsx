import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { Label } from "./label";
import { part } from "./part";
import { Separator } from "./separator";

export const FieldSet = part("fieldset", "field-set", "flex min-w-0 flex-col gap-5");

export function FieldLegend({
  className,
  variant = "legend",
  ...props
}: ComponentProps<"legend"> & { variant?: "legend" | "label" }) {
  return (
    <legend
      data-slot="field-legend"
      data-variant={variant}
      className={cn(
        "mb-3 font-medium data-[variant=label]:text-sm data-[variant=legend]:text-base",
        className,
      )}
      {...props}
    />
  );
}

export const FieldGroup = part(
  "div",
  "field-group",
  "group/field-group @container/field-group flex w-full flex-col gap-5",
);

const fieldVariants = cva("group/field flex w-full gap-2 data-[invalid=true]:text-destructive", {
  variants: {
    orientation: {
      vertical: "flex-col [&>*]:w-full [&>.sr-only]:w-auto",
      horizontal:
        "flex-row items-center gap-3 has-[>[data-slot=field-content]]:items-start " +
        "[&>[data-slot=field-label]]:flex-auto",
      responsive:
        "flex-col [&>*]:w-full @md/field-group:flex-row @md/field-group:items-center " +
        "@md/field-group:gap-3 @md/field-group:[&>*]:w-auto " +
        "@md/field-group:[&>[data-slot=field-label]]:flex-auto",
    },
  },
  defaultVariants: { orientation: "vertical" },
});

export function Field({
  className,
  orientation,
  ...props
}: ComponentProps<"div"> & VariantProps<typeof fieldVariants>) {
  return (
    <div
      role="group"
      data-slot="field"
      data-orientation={orientation ?? "vertical"}
      className={cn(fieldVariants({ orientation }), className)}
      {...props}
    />
  );
}

export const FieldContent = part("div", "field-content", "flex flex-1 flex-col gap-1.5 leading-snug");

export function FieldLabel({ className, ...props }: ComponentProps<typeof Label>) {
  return (
    <Label
      data-slot="field-label"
      className={cn(
        "flex w-fit gap-2 leading-snug group-data-[disabled=true]/field:opacity-55 " +
          "has-[>[data-slot=field]]:w-full has-[>[data-slot=field]]:flex-col " +
          "has-[>[data-slot=field]]:rounded-md has-[>[data-slot=field]]:border " +
          "has-[>[data-slot=field]]:border-border has-[>[data-slot=field]]:*:data-[slot=field]:p-4 " +
          "has-data-[state=checked]:border-primary has-data-[state=checked]:bg-primary/5",
        className,
      )}
      {...props}
    />
  );
}

export const FieldTitle = part(
  "div",
  "field-title",
  "flex w-fit items-center gap-2 text-sm leading-snug font-medium",
);
export const FieldDescription = part(
  "p",
  "field-description",
  "text-sm leading-normal font-normal text-muted-foreground [&>a]:underline [&>a]:underline-offset-4",
);

export function FieldSeparator({ children, className, ...props }: ComponentProps<"div">) {
  return (
    <div data-slot="field-separator" className={cn("relative -my-2 h-5 text-sm", className)} {...props}>
      <Separator className="absolute inset-0 top-1/2" />
      {children && (
        <span
          data-slot="field-separator-content"
          className={"relative mx-auto block w-fit bg-background px-2 text-muted-foreground"}
        >
          {children}
        </span>
      )}
    </div>
  );
}

export interface FieldErrorProps extends ComponentProps<"div"> {
  errors?: ({ message?: string } | undefined)[];
}

/** Shows its children or the messages of `errors`, each once; nothing where there are none. */
export function FieldError({ className, children, errors, ...props }: FieldErrorProps) {
  const messages = [...new Set(errors?.map((error) => error?.message).filter(Boolean))];
  if (!children && messages.length === 0) return null;
  return (
    <div
      role="alert"
      data-slot="field-error"
      className={cn("text-sm font-normal text-destructive", className)}
      {...props}
    >
      {children ??
        (messages.length === 1 ? (
          messages[0]
        ) : (
          <ul className="ml-4 flex list-disc flex-col gap-1">
            {messages.map((message) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        ))}
    </div>
  );
}
