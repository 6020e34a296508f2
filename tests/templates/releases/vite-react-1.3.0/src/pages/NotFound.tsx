import { Link, useLocation } from "react-router";

export function NotFound() {
  const { pathname } = useLocation();
  return (
    <div className="mx-auto max-w-lg space-y-4 py-12 text-center sm:py-20">
      <p className="text-sm font-medium text-primary">404</p>
      <h1 className="text-3xl font-semibold tracking-tight">Page not found</h1>
      <p className="text-muted-foreground text-pretty">
        There is no page at <span className="font-medium break-all text-foreground">{pathname}</span>.
      </p>
      <Link to="/" className="ui-button mt-2">
        Go to the home page
      </Link>
    </div>
  );
}
