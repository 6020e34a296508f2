import { useState } from "react";

import { supabase } from "@/lib/supabase";
import { texts } from "@/texts/auth";

import { AuthForm, AuthPage, type Credentials } from "./AuthForm";
import { problemOf } from "./problems";
import { BackToSignIn } from "./SignUpPage";

export function ForgotPasswordPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function ask({ email }: Credentials) {
    const redirectTo = `${window.location.origin}/reset-password`;
    const { error } = await supabase.auth.resetPasswordForEmail(email, { redirectTo });
    if (error) return problemOf(error);
    setSentTo(email);
    return null;
  }

  if (sentTo) {
    return (
      <AuthPage title={texts.linkTitle} intro={texts.linkIntro(sentTo)}>
        <BackToSignIn label={texts.back} />
      </AuthPage>
    );
  }
  return (
    <AuthPage title={texts.forgotTitle} intro={texts.forgotIntro}>
      <AuthForm email submit={texts.sendLink} busy={texts.sending} onSubmit={ask} />
      <BackToSignIn label={texts.back} />
    </AuthPage>
  );
}
