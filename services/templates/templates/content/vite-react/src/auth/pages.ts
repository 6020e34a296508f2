import { lazyPage } from "@/routing/routes";

// One part for all of them: most visits see none, and who sees one often sees another.
const screens = () => import("./screens");

export const SignInPage = lazyPage(() => screens().then((all) => all.SignInPage));
export const SignUpPage = lazyPage(() => screens().then((all) => all.SignUpPage));
export const ForgotPasswordPage = lazyPage(() => screens().then((all) => all.ForgotPasswordPage));
export const ResetPasswordPage = lazyPage(() => screens().then((all) => all.ResetPasswordPage));
export const ConfirmPage = lazyPage(() => screens().then((all) => all.ConfirmPage));
export const AccountPage = lazyPage(() => screens().then((all) => all.AccountPage));
