import { useState } from "react";
import { useLocation } from "react-router";

import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { AuthForm, type Credentials } from "./AuthForm";
import { AuthPage, BackToSignIn } from "./AuthPage";
import { confirmAddress } from "./links";
import { problemOf } from "./problems";
import { ProviderButtons } from "./ProviderButtons";
import { SendAgain } from "./SendAgain";

export function SignUpPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { state } = useLocation();

  async function signUp({ email, password }: Credentials) {
    const options = { emailRedirectTo: confirmAddress() };
    const { data, error } = await supabase.auth.signUp({ email, password, options });
    if (error) return problemOf(error);
    if (!data.session) setSentTo(email); // the address is to be confirmed
    return null;
  }

  if (sentTo) {
    return (
      <AuthPage
        title={texts.confirmTitle}
        intro={texts.confirmIntro(sentTo)}
        footer={<BackToSignIn label={texts.back} state={state} />}
      >
        <SendAgain email={sentTo} />
      </AuthPage>
    );
  }
  const footer = <BackToSignIn question={texts.haveAccount} label={texts.signIn} state={state} />;
  return (
    <AuthPage title={texts.signUp} intro={texts.signUpIntro} footer={footer}>
      <AuthForm email password="new" submit={texts.signUp} busy={texts.signingUp} onSubmit={signUp} />
      <ProviderButtons />
    </AuthPage>
  );
}
