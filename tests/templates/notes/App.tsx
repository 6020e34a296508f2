import { Route, Routes } from "react-router";

import { AccountMenu, AuthProvider } from "@/auth";
import { routes } from "@/routes";

export function App() {
  return (
    <AuthProvider>
      <header className="flex p-4">
        <AccountMenu />
      </header>
      <main className="p-4">
        <Routes>
          {routes.map((route) => (
            <Route key={route.path} path={route.path} element={route.element} />
          ))}
        </Routes>
      </main>
    </AuthProvider>
  );
}
