import { useState } from "react";
import { Navigate } from "react-router";

import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { AuthForm, type Credentials } from "./AuthForm";
import { AuthPage, BackToSignIn } from "./AuthPage";
import { useAuth } from "./AuthProvider";
import { confirmAddress } from "./links";
import { problemOf } from "./problems";

/** Where the link of the mail that confirms an address leads: it has signed the person in, or is used up. */
export function ConfirmPage() {
  const { user, loading } = useAuth();
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function sendAgain({ email }: Credentials) {
    const options = { emailRedirectTo: confirmAddress() };
    const { error } = await supabase.auth.resend({ type: "signup", email, options });
    if (error) return problemOf(error);
    setSentTo(email);
    return null;
  }

  if (loading) return <p role="status">{texts.loading}</p>;
  if (user) return <Navigate to="/" replace />;
  const back = <BackToSignIn label={texts.back} />;
  if (sentTo) {
    return (
      <AuthPage title={texts.confirmTitle} intro={texts.confirmIntro(sentTo)} footer={back}>
        <p role="status" className="text-sm">
          {texts.sentAgain}
        </p>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={texts.confirmAgainTitle} intro={texts.confirmAgainIntro} footer={back}>
      <AuthForm email submit={texts.sendLink} busy={texts.sending} onSubmit={sendAgain} />
    </AuthPage>
  );
}
