import { useState } from "react";

import { Button } from "@/components/ui";
import { supabase } from "@/lib/supabase";
import { texts } from "@/texts/auth";

import { problemOf } from "./problems";

/** Sends the mail that confirms an address once more. */
export function SendAgain({ email }: { email: string }) {
  const [said, setSaid] = useState("");

  async function send() {
    const { error } = await supabase.auth.resend({
      type: "signup",
      email,
      options: { emailRedirectTo: window.location.origin },
    });
    setSaid(error ? problemOf(error).message : texts.sentAgain);
  }

  return (
    <div className="space-y-2">
      <Button variant="outline" className="w-full" onClick={send}>
        {texts.sendAgain}
      </Button>
      <p role="status" className="text-sm text-muted-foreground empty:hidden">
        {said}
      </p>
    </div>
  );
}
