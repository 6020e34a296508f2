export { supabase } from "@/lib/supabase";
