import { generatePath, useParams } from "react-router";

type Named<Part extends string> = Part extends `:${infer Name}?` ? never : Part extends `:${infer Name}` ? Name : never;
type Optional<Part extends string> = Part extends `:${infer Name}?` ? Name : never;
type Parts<Path extends string> = Path extends `${infer First}/${infer Rest}` ? First | Parts<Rest> : Path;

/** The parameters of a path: { id: string } of "/books/:id". */
export type PathParams<Path extends string> = { [Name in Named<Parts<Path>>]: string } & {
  [Name in Optional<Parts<Path>>]?: string;
};

type Values<Path extends string> = { [Name in keyof PathParams<Path>]: PathParams<Path>[Name] | number };

/** The address of a page: path("/books/:id", { id }). What is needed is known from the path. */
export function path<Path extends string>(
  pattern: Path,
  ...[values]: keyof PathParams<Path> extends never ? [] : [Values<Path>]
): string {
  const texts = Object.entries(values ?? {}).map(([name, value]) => [name, value === undefined ? null : String(value)]);
  return generatePath<string>(pattern, Object.fromEntries(texts));
}

/** The parameters of the page that is shown, which is that of the route with this path. */
export function useRouteParams<Path extends string>(_path: Path): PathParams<Path> {
  return useParams() as unknown as PathParams<Path>;
}
