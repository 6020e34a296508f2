export { ThemeProvider, useTheme, type Theme } from "@/core/theme";
