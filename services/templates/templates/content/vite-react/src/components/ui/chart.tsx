import {
  type ComponentProps,
  type ComponentType,
  createContext,
  type CSSProperties,
  type ReactNode,
  use,
  useId,
} from "react";
import { Legend, type LegendPayload, ResponsiveContainer, Tooltip, type TooltipPayloadEntry } from "recharts";

import { cn } from "@/core/utils";

type Color = { color?: string; theme?: never } | { color?: never; theme: Record<"light" | "dark", string> };
/** By the key of each series: its name, icon and colour, which is var(--color-<key>) within the chart. */
export type ChartConfig = Record<string, { label?: ReactNode; icon?: ComponentType } & Color>;

const ChartContext = createContext<ChartConfig | null>(null);

export function useChart(): { config: ChartConfig } {
  const config = use(ChartContext);
  if (!config) throw new Error("useChart works within <ChartContainer> only");
  return { config };
}

// Much code wraps the theme's colours in hsl(), as they once were bare numbers.
const plain = (color: string) => color.replace(/^hsl\(\s*(var\(--[\w-]+\))\s*\)$/, "$1");

function colorsOf(config: ChartConfig): CSSProperties {
  const colors = Object.entries(config).flatMap(([key, { color, theme }]) => {
    const value = theme ? `light-dark(${plain(theme.light)}, ${plain(theme.dark)})` : color && plain(color);
    return value ? [[`--color-${key}`, value]] : [];
  });
  return Object.fromEntries(colors) as CSSProperties;
}

export interface ChartContainerProps extends ComponentProps<"div"> {
  config: ChartConfig;
  children: ComponentProps<typeof ResponsiveContainer>["children"];
}

export function ChartContainer({ id, className, children, config, style, ...props }: ChartContainerProps) {
  const own = useId();
  return (
    <ChartContext value={config}>
      <div
        data-slot="chart"
        data-chart={`chart-${id ?? own}`}
        style={{ ...colorsOf(config), ...style }}
        className={cn(
          "flex aspect-video justify-center text-xs " +
            "[&_.recharts-cartesian-axis-tick_text]:fill-muted-foreground " +
            "[&_.recharts-cartesian-grid_line]:stroke-border " +
            "[&_.recharts-curve.recharts-tooltip-cursor]:stroke-border [&_.recharts-layer]:outline-none " +
            "[&_.recharts-polar-grid_[stroke='#ccc']]:stroke-border " +
            "[&_.recharts-radial-bar-background-sector]:fill-muted " +
            "[&_.recharts-rectangle.recharts-tooltip-cursor]:fill-muted " +
            "[&_.recharts-reference-line_[stroke='#ccc']]:stroke-border " +
            "[&_.recharts-sector]:outline-none [&_.recharts-surface]:outline-none",
          className,
        )}
        {...props}
      >
        <ResponsiveContainer initialDimension={{ width: 320, height: 180 }}>{children}</ResponsiveContainer>
      </div>
    </ChartContext>
  );
}

export const ChartTooltip = Tooltip;
export const ChartLegend = Legend;

type Entry = TooltipPayloadEntry;
// What a chart's data hold only its app knows; recharts gives them as any too.
type Formatter = (value: any, name: any, item: any, index: number, payload: any) => ReactNode;

export interface ChartTooltipContentProps extends Omit<ComponentProps<"div">, "content"> {
  active?: boolean;
  payload?: readonly Entry[];
  label?: ReactNode;
  indicator?: "dot" | "line" | "dashed";
  hideLabel?: boolean;
  hideIndicator?: boolean;
  labelFormatter?: (label: any, payload: any) => ReactNode;
  formatter?: Formatter;
  labelClassName?: string;
  color?: string;
  nameKey?: string;
  labelKey?: string;
}

/** What the pointer is over: by recharts, as the content of <ChartTooltip>. */
export function ChartTooltipContent({
  active,
  payload,
  className,
  indicator = "dot",
  hideIndicator = false,
  formatter,
  color,
  nameKey,
  ...labelling
}: ChartTooltipContentProps) {
  if (!active || !payload?.length) return null;
  const nested = payload.length === 1 && indicator !== "dot";
  const label = <TooltipLabel payload={payload} {...labelling} />;
  return (
    <div
      className={cn(
        "grid min-w-32 items-start gap-1.5 rounded-lg border border-border bg-popover px-2.5 py-1.5 " +
          "text-xs text-popover-foreground shadow-lg",
        className,
      )}
    >
      {!nested && label}
      <div className="grid gap-1.5">
        {payload
          .filter((entry) => entry.type !== "none")
          .map((entry, index) => (
            <div key={index} className="flex w-full flex-wrap items-stretch gap-2 [&>svg]:size-2.5">
              {formatter && entry.value !== undefined && entry.name !== undefined ? (
                formatter(entry.value, entry.name, entry, index, entry.payload)
              ) : (
                <TooltipRow
                  {...{ entry, indicator, hideIndicator, color, nameKey }}
                  above={nested ? label : null}
                />
              )}
            </div>
          ))}
      </div>
    </div>
  );
}

type Labelling = Pick<
  ChartTooltipContentProps,
  "payload" | "label" | "hideLabel" | "labelFormatter" | "labelClassName" | "labelKey"
>;

function TooltipLabel({
  payload = [],
  label,
  hideLabel,
  labelFormatter,
  labelClassName,
  labelKey,
}: Labelling) {
  const { config } = useChart();
  const [first] = payload;
  if (hideLabel || !first) return null;
  const named =
    typeof label === "string" && !labelKey ? config[label] : configOf(config, first, keyOf(first, labelKey));
  const value = typeof label === "string" && !labelKey ? (named?.label ?? label) : named?.label;
  const text = labelFormatter ? labelFormatter(value ?? label, payload) : (value ?? label);
  return text === undefined || text === "" ? null : (
    <div className={cn("font-medium", labelClassName)}>{text}</div>
  );
}

interface RowProps extends Pick<
  ChartTooltipContentProps,
  "indicator" | "hideIndicator" | "color" | "nameKey"
> {
  entry: Entry;
  above: ReactNode;
}

function TooltipRow({ entry, indicator = "dot", hideIndicator, color, nameKey, above }: RowProps) {
  const { config } = useChart();
  const item = configOf(config, entry, keyOf(entry, nameKey));
  const own = color ?? (entry.payload as { fill?: string } | undefined)?.fill ?? entry.color;
  return (
    <>
      {item?.icon ? <item.icon /> : !hideIndicator && <Mark indicator={indicator} color={own} />}
      <div
        className={cn("flex flex-1 justify-between gap-4 leading-none", above ? "items-end" : "items-center")}
      >
        <div className="grid gap-1.5">
          {above}
          <span className="text-muted-foreground">{item?.label ?? entry.name}</span>
        </div>
        {entry.value !== undefined && (
          <span className="font-mono font-medium text-foreground tabular-nums">
            {typeof entry.value === "number" ? entry.value.toLocaleString() : String(entry.value)}
          </span>
        )}
      </div>
    </>
  );
}

function Mark({ indicator, color }: { indicator: "dot" | "line" | "dashed"; color?: string }) {
  return (
    <div
      className={cn("shrink-0 rounded-[2px] border-(--mark) bg-(--mark)", {
        "size-2.5 self-center": indicator === "dot",
        "w-1": indicator === "line",
        "w-0 border-[1.5px] border-dashed bg-transparent": indicator === "dashed",
      })}
      style={{ "--mark": color } as CSSProperties}
    />
  );
}

export interface ChartLegendContentProps extends ComponentProps<"div"> {
  payload?: readonly LegendPayload[];
  verticalAlign?: "top" | "bottom" | "middle";
  hideIcon?: boolean;
  nameKey?: string;
}

/** What the colours stand for: as the content of <ChartLegend>. */
export function ChartLegendContent({
  className,
  hideIcon = false,
  payload,
  verticalAlign = "bottom",
  nameKey,
}: ChartLegendContentProps) {
  const { config } = useChart();
  if (!payload?.length) return null;
  return (
    <div
      className={cn(
        "flex flex-wrap items-center justify-center gap-x-4 gap-y-1",
        verticalAlign === "top" ? "pb-3" : "pt-3",
        className,
      )}
    >
      {payload
        .filter((entry) => entry.type !== "none")
        .map((entry, index) => {
          const item = configOf(config, entry, keyOf(entry, nameKey));
          return (
            <div
              key={index}
              className={"flex items-center gap-1.5 [&>svg]:size-3 [&>svg]:text-muted-foreground"}
            >
              {item?.icon && !hideIcon ? <item.icon /> : <Mark indicator="dot" color={entry.color} />}
              {item?.label ?? entry.value}
            </div>
          );
        })}
    </div>
  );
}

type Named = Pick<Partial<Entry>, "dataKey" | "payload"> & { name?: unknown; value?: unknown };

function keyOf(entry: Named, chosen?: string): string {
  const found = chosen ?? (entry.name as string | undefined) ?? entry.dataKey ?? entry.value ?? "value";
  return typeof found === "function" ? "value" : String(found);
}

/** A series' entry: under the key itself, or under what the data have at that key. */
function configOf(config: ChartConfig, entry: Named, key: string): ChartConfig[string] | undefined {
  const data = (entry.payload as { payload?: object } | undefined)?.payload ?? entry.payload;
  const indirect =
    (entry as Record<string, unknown>)[key] ?? (data as Record<string, unknown> | undefined)?.[key];
  const direct = typeof entry.dataKey === "function" ? undefined : config[String(entry.dataKey)];
  return (typeof indirect === "string" ? config[indirect] : undefined) ?? config[key] ?? direct;
}
