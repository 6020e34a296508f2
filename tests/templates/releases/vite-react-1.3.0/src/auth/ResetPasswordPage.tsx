import { Link, useNavigate } from "react-router";

import { supabase } from "@/lib/supabase";
import { texts } from "@/texts/auth";

import { AuthForm, AuthPage, type Credentials } from "./AuthForm";
import { useAuth } from "./AuthProvider";
import { problemOf } from "./problems";

/** Where the link of the mail for a forgotten password leads: it has signed the person in. */
export function ResetPasswordPage() {
  const { user, loading } = useAuth();
  const navigate = useNavigate();

  async function save({ password }: Credentials) {
    const { error } = await supabase.auth.updateUser({ password });
    if (error) return problemOf(error);
    void navigate("/", { replace: true });
    return null;
  }

  if (loading) return <p role="status">{texts.loading}</p>;
  if (!user) {
    return (
      <AuthPage title={texts.resetTitle} intro={texts.linkUsed}>
        <Link to="/forgot-password" className="ui-button w-full">
          {texts.askAgain}
        </Link>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={texts.resetTitle} intro={texts.resetIntro}>
      <AuthForm password="new" submit={texts.save} busy={texts.saving} onSubmit={save} />
    </AuthPage>
  );
}
