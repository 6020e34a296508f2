import { useState } from "react";
import { Link, useLocation } from "react-router";

import { supabase } from "@/lib/supabase";
import { texts } from "@/texts/auth";

import { AuthForm, AuthPage, type Credentials } from "./AuthForm";
import { problemOf } from "./problems";
import { ProviderButtons } from "./ProviderButtons";
import { SendAgain } from "./SendAgain";

export function SignUpPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { state } = useLocation();

  async function signUp({ email, password }: Credentials) {
    const { data, error } = await supabase.auth.signUp({
      email,
      password,
      options: { emailRedirectTo: window.location.origin },
    });
    if (error) return problemOf(error);
    if (!data.session) setSentTo(email); // the address is to be confirmed
    return null;
  }

  if (sentTo) {
    return (
      <AuthPage title={texts.confirmTitle} intro={texts.confirmIntro(sentTo)}>
        <SendAgain email={sentTo} />
        <BackToSignIn label={texts.back} state={state} />
      </AuthPage>
    );
  }
  return (
    <AuthPage title={texts.signUp} intro={texts.signUpIntro}>
      <AuthForm email password="new" submit={texts.signUp} busy={texts.signingUp} onSubmit={signUp} />
      <ProviderButtons />
      <BackToSignIn question={texts.haveAccount} label={texts.signIn} state={state} />
    </AuthPage>
  );
}

export function BackToSignIn({ question, label, state }: { question?: string; label: string; state?: unknown }) {
  return (
    <p className="text-sm text-muted-foreground">
      {question}{" "}
      <Link to="/sign-in" state={state} className="ui-link">
        {label}
      </Link>
    </p>
  );
}
