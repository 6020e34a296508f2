import { OTPInput, OTPInputContext } from "input-otp";
import { MinusIcon } from "lucide-react";
import { type ComponentProps, use } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export function InputOTP({ className, containerClassName, ...props }: ComponentProps<typeof OTPInput>) {
  return (
    <OTPInput
      data-slot="input-otp"
      containerClassName={cn("flex items-center gap-2 has-disabled:opacity-55", containerClassName)}
      className={cn("disabled:cursor-not-allowed", className)}
      {...props}
    />
  );
}

export const InputOTPGroup = part("div", "input-otp-group", "flex items-center");

export function InputOTPSlot({ index, className, ...props }: ComponentProps<"div"> & { index: number }) {
  const slot = use(OTPInputContext).slots[index];
  return (
    <div
      data-slot="input-otp-slot"
      data-active={slot?.isActive}
      className={cn(
        "relative flex size-9 items-center justify-center border-y border-r border-input text-sm " +
          "shadow-xs transition-colors first:rounded-l-md first:border-l last:rounded-r-md " +
          "data-[active=true]:z-10 data-[active=true]:outline-2 data-[active=true]:outline-ring",
        className,
      )}
      {...props}
    >
      {slot?.char}
      {slot?.hasFakeCaret && (
        <div className="pointer-events-none absolute inset-0 flex items-center justify-center">
          <div className="h-4 w-px animate-caret-blink bg-foreground duration-1000" />
        </div>
      )}
    </div>
  );
}

export function InputOTPSeparator(props: ComponentProps<"div">) {
  return (
    <div data-slot="input-otp-separator" role="separator" {...props}>
      <MinusIcon className="size-4" />
    </div>
  );
}
