import { UserRound } from "lucide-react";
import { Link } from "react-router";

import { Button } from "@/components/ui/button";
import { texts } from "@/texts/auth";

import { useAuth } from "./AuthProvider";

/** Who is signed in and the way out, or the way in; for the header of the app. */
export function AccountMenu() {
  const { user, loading, signOut } = useAuth();
  if (loading) return null;
  return (
    <div role="group" aria-label={texts.account} className="flex min-w-0 items-center gap-2">
      {user ? (
        <>
          <Link
            to="/account"
            title={user.email}
            className="flex size-9 items-center justify-center text-sm text-muted-foreground transition-colors hover:text-foreground sm:size-auto"
          >
            <UserRound aria-hidden className="size-4 sm:hidden" />
            <span className="max-w-40 truncate max-sm:sr-only">{user.email}</span>
          </Link>
          <Button type="button" variant="outline" size="sm" onClick={() => void signOut()}>
            {texts.signOut}
          </Button>
        </>
      ) : (
        <>
          <Button asChild variant="ghost" size="sm">
            <Link to="/sign-in">{texts.signIn}</Link>
          </Button>
          <Button asChild variant="outline" size="sm">
            <Link to="/sign-up">{texts.signUp}</Link>
          </Button>
        </>
      )}
    </div>
  );
}
