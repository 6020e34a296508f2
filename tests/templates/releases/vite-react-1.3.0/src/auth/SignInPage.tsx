import { useState } from "react";
import { Link, useLocation } from "react-router";

import { supabase } from "@/lib/supabase";
import { texts } from "@/texts/auth";

import { AuthForm, AuthPage, type Credentials } from "./AuthForm";
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

  return (
    <AuthPage title={texts.signIn} intro={texts.signInIntro}>
      <AuthForm email password="current" submit={texts.signIn} busy={texts.signingIn} onSubmit={signIn} />
      <ProviderButtons />
      {unconfirmed && <SendAgain email={unconfirmed} />}
      <p className="text-sm">
        <Link to="/forgot-password" className="ui-link">
          {texts.forgot}
        </Link>
      </p>
      <p className="text-sm text-muted-foreground">
        {texts.noAccount}{" "}
        <Link to="/sign-up" state={state} className="ui-link">
          {texts.signUp}
        </Link>
      </p>
    </AuthPage>
  );
}
