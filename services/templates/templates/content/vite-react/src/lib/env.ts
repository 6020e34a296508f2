export { APP_ID, env, type Env, type Json } from "@/core/env";
