export { Toaster } from "./sonner";
