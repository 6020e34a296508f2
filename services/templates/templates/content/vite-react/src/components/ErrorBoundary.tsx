export { ErrorBoundary } from "@/core/ErrorBoundary";
