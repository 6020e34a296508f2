export { AccountMenu } from "./AccountMenu";
export { AuthProvider, useAuth, type Auth } from "./AuthProvider";
export { ForgotPasswordPage } from "./ForgotPasswordPage";
export { ProtectedRoute } from "./ProtectedRoute";
export { ResetPasswordPage } from "./ResetPasswordPage";
export { authRoutes } from "./routes";
export { SignInPage } from "./SignInPage";
export { SignUpPage } from "./SignUpPage";
