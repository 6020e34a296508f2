export { ThemeToggle as ModeToggle } from "@/core/ThemeToggle";
