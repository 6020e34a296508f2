export { AccountMenu } from "./AccountMenu";
export { AuthProvider, useAuth, type Auth } from "./AuthProvider";
export { AccountPage, ConfirmPage, ForgotPasswordPage, ResetPasswordPage, SignInPage, SignUpPage } from "./pages";
export { ProtectedRoute } from "./ProtectedRoute";
export { authRoutes } from "./routes";
