import { Breadcrumbs, useRouteParams } from "@/routing";

export default function Shelf() {
  const { id } = useRouteParams("/shelves/:id");
  return (
    <>
      <Breadcrumbs />
      <h1>This is {id}</h1>
    </>
  );
}
