interface PageHeadingProps {
  title: string;
  text: string;
}

/** How every page but the first begins. */
export function PageHeading({ title, text }: PageHeadingProps) {
  return (
    <header className="mx-auto max-w-6xl space-y-4 px-4 pt-14 sm:px-6 sm:pt-20">
      <h1 className="max-w-3xl text-4xl text-balance sm:text-5xl">{title}</h1>
      <p className="max-w-2xl text-lg text-muted-foreground text-pretty">{text}</p>
    </header>
  );
}
