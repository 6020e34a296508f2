import { NotFoundPage } from "@/routing";

export function NotFound() {
  return <NotFoundPage />;
}
