export { supabase, type Tables } from "@/database/client";
