export { AccountPage } from "./AccountPage";
export { ConfirmPage } from "./ConfirmPage";
export { ForgotPasswordPage } from "./ForgotPasswordPage";
export { ResetPasswordPage } from "./ResetPasswordPage";
export { SignInPage } from "./SignInPage";
export { SignUpPage } from "./SignUpPage";
