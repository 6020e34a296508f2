import { useState } from "react";
import { useLocation } from "react-router";

import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { AuthForm, type Credentials } from "./AuthForm";
import { AuthPage, TextLink } from "./AuthPage";
import { problemOf } from "./problems";
import { ProviderButtons } from "./ProviderButtons";
import { SendAgain } from "./SendAgain";

export function SignInPage() {
  const [unconfirmed, setUnconfirmed] = useState<string | null>(null);
  const { state } = useLocation();

  async function signIn({ email, password }: Credentials) {
    setUnconfirmed(null);
    const { error } = await supabase.auth.signInWithPassword({ email, password });
    const problem = error && problemOf(error);
    if (problem?.unconfirmed) setUnconfirmed(email);
    return problem;
  }

  const footer = (
    <p>
      {texts.noAccount}{" "}
      <TextLink to="/sign-up" state={state}>
        {texts.signUp}
      </TextLink>
    </p>
  );
  return (
    <AuthPage title={texts.signIn} intro={texts.signInIntro} footer={footer}>
      <AuthForm email password="current" submit={texts.signIn} busy={texts.signingIn} onSubmit={signIn} />
      {unconfirmed && <SendAgain email={unconfirmed} />}
      <p className="text-center text-sm">
        <TextLink to="/forgot-password">{texts.forgot}</TextLink>
      </p>
      <ProviderButtons />
    </AuthPage>
  );
}
