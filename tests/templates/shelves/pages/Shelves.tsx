import { Link } from "react-router";

import { path } from "@/routing";

export function Shelves() {
  return (
    <>
      <h1>Shelves</h1>
      <Link to={path("/shelves/:id", { id: "a b" })}>The first one</Link>
    </>
  );
}
