import { Avatar as AvatarPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export interface AvatarProps extends ComponentProps<typeof AvatarPrimitive.Root> {
  size?: "sm" | "default" | "lg";
}

export function Avatar({ className, size = "default", ...props }: AvatarProps) {
  return (
    <AvatarPrimitive.Root
      data-slot="avatar"
      data-size={size}
      className={cn(
        "relative flex size-9 shrink-0 overflow-hidden rounded-full data-[size=lg]:size-12 " +
          "data-[size=sm]:size-7",
        className,
      )}
      {...props}
    />
  );
}

export const AvatarImage = part(
  AvatarPrimitive.Image,
  "avatar-image",
  "aspect-square size-full object-cover",
);
export const AvatarFallback = part(
  AvatarPrimitive.Fallback,
  "avatar-fallback",
  "flex size-full items-center justify-center rounded-full bg-secondary text-xs font-medium " +
    "text-secondary-foreground",
);
export const AvatarGroup = part(
  "div",
  "avatar-group",
  "flex -space-x-2 *:data-[slot=avatar]:ring-2 *:data-[slot=avatar]:ring-background",
);
