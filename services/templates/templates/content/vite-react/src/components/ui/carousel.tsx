import useEmblaCarousel, { type UseEmblaCarouselType } from "embla-carousel-react";
import { ArrowLeftIcon, ArrowRightIcon } from "lucide-react";
import {
  type ComponentProps,
  createContext,
  type KeyboardEvent,
  use,
  useCallback,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";

import { cn } from "@/core/utils";

import { Button } from "./button";

export type CarouselApi = UseEmblaCarouselType[1];
type EmblaParameters = Parameters<typeof useEmblaCarousel>;

export interface CarouselOptions {
  opts?: EmblaParameters[0];
  plugins?: EmblaParameters[1];
  orientation?: "horizontal" | "vertical";
  setApi?: (api: CarouselApi) => void;
}

interface CarouselState {
  carouselRef: UseEmblaCarouselType[0];
  api: CarouselApi;
  orientation: "horizontal" | "vertical";
  scrollPrev: () => void;
  scrollNext: () => void;
  canScrollPrev: boolean;
  canScrollNext: boolean;
}

const CarouselContext = createContext<CarouselState | null>(null);

export function useCarousel(): CarouselState {
  const state = use(CarouselContext);
  if (!state) throw new Error("useCarousel works within <Carousel> only");
  return state;
}

function useCan(api: CarouselApi, ask: (api: NonNullable<CarouselApi>) => boolean): boolean {
  const watch = useCallback(
    (changed: () => void) => {
      api?.on("select", changed).on("reInit", changed);
      return () => void api?.off("select", changed).off("reInit", changed);
    },
    [api],
  );
  return useSyncExternalStore(
    watch,
    () => (api ? ask(api) : false),
    () => false,
  );
}

export function Carousel({
  orientation = "horizontal",
  opts,
  setApi,
  plugins,
  className,
  children,
  ...props
}: ComponentProps<"div"> & CarouselOptions) {
  const [carouselRef, api] = useEmblaCarousel(
    { ...opts, axis: orientation === "horizontal" ? "x" : "y" },
    plugins,
  );
  const canScrollPrev = useCan(api, (embla) => embla.canScrollPrev());
  const canScrollNext = useCan(api, (embla) => embla.canScrollNext());
  const scrollPrev = useCallback(() => api?.scrollPrev(), [api]);
  const scrollNext = useCallback(() => api?.scrollNext(), [api]);

  useEffect(() => {
    if (api) setApi?.(api);
  }, [api, setApi]);

  function onKeyDownCapture(event: KeyboardEvent<HTMLDivElement>) {
    const steps: Record<string, () => void> =
      orientation === "horizontal"
        ? { ArrowLeft: scrollPrev, ArrowRight: scrollNext }
        : { ArrowUp: scrollPrev, ArrowDown: scrollNext };
    const step = steps[event.key];
    // Arrows in a field of a slide move its caret.
    if (!step || (event.target as HTMLElement).closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    step();
  }

  const state = useMemo(
    () => ({ carouselRef, api, orientation, scrollPrev, scrollNext, canScrollPrev, canScrollNext }),
    [carouselRef, api, orientation, scrollPrev, scrollNext, canScrollPrev, canScrollNext],
  );
  return (
    <CarouselContext value={state}>
      <div
        data-slot="carousel"
        role="region"
        aria-roledescription="carousel"
        aria-label="Carousel"
        onKeyDownCapture={onKeyDownCapture}
        className={cn("relative", className)}
        {...props}
      >
        {children}
      </div>
    </CarouselContext>
  );
}

export function CarouselContent({ className, ...props }: ComponentProps<"div">) {
  const { carouselRef, orientation } = useCarousel();
  return (
    <div ref={carouselRef} data-slot="carousel-content" className="overflow-hidden">
      <div
        className={cn("flex", orientation === "horizontal" ? "-ml-4" : "-mt-4 flex-col", className)}
        {...props}
      />
    </div>
  );
}

export function CarouselItem({ className, ...props }: ComponentProps<"div">) {
  const { orientation } = useCarousel();
  return (
    <div
      role="group"
      aria-roledescription="slide"
      data-slot="carousel-item"
      className={cn(
        "min-w-0 shrink-0 grow-0 basis-full",
        orientation === "horizontal" ? "pl-4" : "pt-4",
        className,
      )}
      {...props}
    />
  );
}

const places = {
  horizontal: { previous: "top-1/2 -left-12 -translate-y-1/2", next: "top-1/2 -right-12 -translate-y-1/2" },
  vertical: {
    previous: "-top-12 left-1/2 -translate-x-1/2 rotate-90",
    next: "-bottom-12 left-1/2 -translate-x-1/2 rotate-90",
  },
};

export function CarouselPrevious({
  className,
  variant = "outline",
  size = "icon-sm",
  ...props
}: ComponentProps<typeof Button>) {
  const { orientation, scrollPrev, canScrollPrev } = useCarousel();
  return (
    <Button
      type="button"
      data-slot="carousel-previous"
      variant={variant}
      size={size}
      aria-label="Previous slide"
      className={cn("absolute rounded-full", places[orientation].previous, className)}
      disabled={!canScrollPrev}
      onClick={scrollPrev}
      {...props}
    >
      <ArrowLeftIcon />
    </Button>
  );
}

export function CarouselNext({
  className,
  variant = "outline",
  size = "icon-sm",
  ...props
}: ComponentProps<typeof Button>) {
  const { orientation, scrollNext, canScrollNext } = useCarousel();
  return (
    <Button
      type="button"
      data-slot="carousel-next"
      variant={variant}
      size={size}
      aria-label="Next slide"
      className={cn("absolute rounded-full", places[orientation].next, className)}
      disabled={!canScrollNext}
      onClick={scrollNext}
      {...props}
    >
      <ArrowRightIcon />
    </Button>
  );
}
