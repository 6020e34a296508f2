import type { ReactElement } from "react";

import { ForgotPasswordPage } from "./ForgotPasswordPage";
import { GuestRoute } from "./ProtectedRoute";
import { ResetPasswordPage } from "./ResetPasswordPage";
import { SignInPage } from "./SignInPage";
import { SignUpPage } from "./SignUpPage";

const guests = (path: string, page: ReactElement) => ({ path, label: "", element: <GuestRoute>{page}</GuestRoute> });

/** The pages for signing in; they stay out of the menu. */
export const authRoutes: { path: string; label: string; element: ReactElement }[] = [
  guests("/sign-in", <SignInPage />),
  guests("/sign-up", <SignUpPage />),
  guests("/forgot-password", <ForgotPasswordPage />),
  { path: "/reset-password", label: "", element: <ResetPasswordPage /> },
];
