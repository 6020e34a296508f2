/** The words of the frame around the pages. Put them into the language of the app here; keep the names. */
export const texts = {
  skip: "Skip to content",
  home: (app: string) => `${app}, home`,
  mainMenu: "Main",
  openMenu: "Open the menu",
  closeMenu: "Close the menu",
  path: "Breadcrumb",
  loading: "Loading…",
  useDark: "Use dark colours",
  useLight: "Use light colours",
  dismiss: "Dismiss",

  brokenTitle: "Something went wrong",
  brokenText: "This part of the app stopped working. Reloading the page usually helps; what you saved is kept.",
  reload: "Reload the page",

  notFoundTitle: "Page not found",
  notFoundText: "There is no page at",
  goHome: "Go to the home page",
};
