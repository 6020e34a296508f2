import { Suspense, useEffect, useRef, useState, type ReactNode } from "react";

export interface WhenSeenProps {
  /** What stands there before, and while the parts are loaded: as large as what comes, so that nothing moves. */
  fallback: ReactNode;
  className?: string;
  /** Lazy components, whose parts nobody loads who does not come this far. */
  children: ReactNode;
}

/** Something heavy, such as a chart, from the moment it comes into the window. */
export function WhenSeen({ fallback, className, children }: WhenSeenProps) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);

  useEffect(() => {
    if (!place.current || seen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [seen]);

  return (
    <div ref={place} className={className}>
      {seen ? <Suspense fallback={fallback}>{children}</Suspense> : fallback}
    </div>
  );
}
