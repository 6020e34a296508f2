import { useState } from "react";

import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { AuthForm, type Credentials } from "./AuthForm";
import { AuthPage, BackToSignIn } from "./AuthPage";
import { resetAddress } from "./links";
import { problemOf } from "./problems";

export function ForgotPasswordPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function ask({ email }: Credentials) {
    const { error } = await supabase.auth.resetPasswordForEmail(email, { redirectTo: resetAddress() });
    if (error) return problemOf(error);
    setSentTo(email);
    return null;
  }

  const back = <BackToSignIn label={texts.back} />;
  if (sentTo) {
    return (
      <AuthPage title={texts.linkTitle} footer={back}>
        <p role="status" className="text-sm break-words text-pretty">
          {texts.linkIntro(sentTo)}
        </p>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={texts.forgotTitle} intro={texts.forgotIntro} footer={back}>
      <AuthForm email submit={texts.sendLink} busy={texts.sending} onSubmit={ask} />
    </AuthPage>
  );
}
