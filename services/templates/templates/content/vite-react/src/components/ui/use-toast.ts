export * from "@/hooks/use-toast";
