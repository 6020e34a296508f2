import { Link } from "react-router";

import { Button } from "@/components/ui";
import { texts } from "@/texts/auth";

import { useAuth } from "./AuthProvider";

/** Who is signed in and the way out, or the way in; for the header of the app. */
export function AccountMenu() {
  const { user, loading, signOut } = useAuth();
  if (loading) return null;
  return (
    <div role="group" aria-label={texts.account} className="flex min-w-0 items-center gap-3">
      {user ? (
        <>
          <span className="max-w-48 truncate text-sm text-muted-foreground" title={user.email}>
            {user.email}
          </span>
          <Button variant="outline" size="sm" onClick={signOut}>
            {texts.signOut}
          </Button>
        </>
      ) : (
        <>
          <Link to="/sign-in" className="nav-link">
            {texts.signIn}
          </Link>
          <Link to="/sign-up" className="ui-button" data-variant="outline" data-size="sm">
            {texts.signUp}
          </Link>
        </>
      )}
    </div>
  );
}
