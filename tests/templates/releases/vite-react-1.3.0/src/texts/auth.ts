/** The words of the pages for signing in. Put them into the language of the app here; keep the names. */
export const texts = {
  email: "E-mail address",
  password: "Password",
  newPassword: "New password",
  loading: "Loading…",

  signIn: "Sign in",
  signInIntro: "Welcome back.",
  signingIn: "Signing in…",
  noAccount: "No account yet?",
  forgot: "Forgot your password?",

  signUp: "Sign up",
  signUpIntro: "Create an account with your e-mail address.",
  signingUp: "Creating your account…",
  haveAccount: "Already have an account?",
  confirmTitle: "Check your mail",
  confirmIntro: (email: string) => `If ${email} is new here, a link is on its way to it. Open the link to finish signing up.`,
  sendAgain: "Send the link again",
  sentAgain: "Sent. It can take a minute to arrive.",

  forgotTitle: "Forgot your password",
  forgotIntro: "Tell us your address, and we send you a link with which you choose a new password.",
  sendLink: "Send the link",
  sending: "Sending…",
  linkTitle: "Check your mail",
  linkIntro: (email: string) => `If there is an account for ${email}, a link is on its way to it.`,
  back: "Back to signing in",

  resetTitle: "Choose a new password",
  resetIntro: "You stay signed in on this device.",
  save: "Save the password",
  saving: "Saving…",
  linkUsed: "This link was used before, or it is too old. Ask for a new one.",
  askAgain: "Ask for a new link",

  account: "Account",
  signOut: "Sign out",
  continueWith: (provider: string) => `Continue with ${provider}`,

  // What can go wrong.
  wrongPassword: "The address or the password is wrong.",
  unconfirmed: "This address is not confirmed yet. Open the link in the mail we sent you.",
  taken: "There is an account with this address already. Sign in instead.",
  badAddress: "This is not an e-mail address.",
  weakPassword: "This password is too easy to guess. Take a longer one.",
  samePassword: "This is your password already. Choose another one.",
  closed: "New accounts cannot be created here.",
  blocked: "This account is blocked.",
  tooMany: "That was tried too often. Wait a few minutes and try again.",
  offline: "The server cannot be reached. Check the connection and try again.",
  failed: (why: string) => `That did not work: ${why}`,
};
