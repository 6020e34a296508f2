export { cn } from "@/core/utils";
