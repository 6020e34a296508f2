import { Link, useNavigate } from "react-router";

import { Button } from "@/components/ui/button";
import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { AuthForm, type Credentials } from "./AuthForm";
import { AuthPage } from "./AuthPage";
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
        <Button asChild className="w-full">
          <Link to="/forgot-password">{texts.askAgain}</Link>
        </Button>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={texts.resetTitle} intro={texts.resetIntro}>
      <AuthForm password="new" submit={texts.save} busy={texts.saving} onSubmit={save} />
    </AuthPage>
  );
}
