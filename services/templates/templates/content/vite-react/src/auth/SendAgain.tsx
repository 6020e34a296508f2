import { useState } from "react";

import { Button } from "@/components/ui/button";
import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { confirmAddress } from "./links";
import { problemOf } from "./problems";

/** Sends the mail that confirms an address once more. */
export function SendAgain({ email }: { email: string }) {
  const [said, setSaid] = useState("");

  async function send() {
    const options = { emailRedirectTo: confirmAddress() };
    const { error } = await supabase.auth.resend({ type: "signup", email, options });
    setSaid(error ? problemOf(error).message : texts.sentAgain);
  }

  return (
    <div className="space-y-2">
      <Button type="button" variant="outline" className="w-full" onClick={() => void send()}>
        {texts.sendAgain}
      </Button>
      <p role="status" className="text-sm text-muted-foreground empty:hidden">
        {said}
      </p>
    </div>
  );
}
