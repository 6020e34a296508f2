import type { ComponentType } from "react";

import { CenteredLayout } from "@/routing/layouts";
import { defineRoutes } from "@/routing/routes";
import { texts } from "@/texts/auth";

import { AccountPage, ConfirmPage, ForgotPasswordPage, ResetPasswordPage, SignInPage, SignUpPage } from "./pages";
import { GuestRoute, ProtectedRoute } from "./ProtectedRoute";

const page = (path: string, title: string, Page: ComponentType) => ({ path, title, element: <Page /> });
const centred = { layout: CenteredLayout };
const forGuests = { ...centred, guard: GuestRoute };

const routes = defineRoutes([
  { ...forGuests, ...page("/sign-in", texts.signIn, SignInPage) },
  { ...forGuests, ...page("/sign-up", texts.signUp, SignUpPage) },
  { ...forGuests, ...page("/forgot-password", texts.forgotTitle, ForgotPasswordPage) },
  { ...centred, ...page("/reset-password", texts.resetTitle, ResetPasswordPage) },
  { ...centred, ...page("/confirm", texts.confirmAgainTitle, ConfirmPage) },
  { guard: ProtectedRoute, ...page("/account", texts.accountTitle, AccountPage) },
]);

/** The pages for signing in, and the account's; they stay out of the menu. */
export const authRoutes = routes.map((route) => ({ ...route, label: "" }));
