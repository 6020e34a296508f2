// A page that people sign in to at a provider, by supabase-js as it is published.
const { url, key } = Object.fromEntries(new URLSearchParams(sessionStorage.getItem("app") ?? location.search));
sessionStorage.setItem("app", new URLSearchParams({ url, key }).toString());
const problem = new URLSearchParams(location.search).get("error_description");

const db = supabase.createClient(url, key, { auth: { flowType: "pkce" } });
const status = document.querySelector("[role=status]");

db.auth.onAuthStateChange((_event, session) => {
  status.textContent = session ? `Signed in as ${session.user.email}` : (problem ?? "Nobody is signed in");
});
document.querySelector("button").addEventListener("click", () => {
  const redirectTo = `${location.origin}/index.html`;
  void db.auth.signInWithOAuth({ provider: "ours", options: { redirectTo } });
});
