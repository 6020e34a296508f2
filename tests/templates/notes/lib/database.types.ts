export type Database = {
  public: {
    Tables: {
      notes: {
        Row: { id: string; created_at: string; due_date: string | null; text: string; user_id: string };
        Insert: { id?: string; created_at?: string; due_date?: string | null; text: string; user_id?: string };
        Update: { id?: string; created_at?: string; due_date?: string | null; text?: string; user_id?: string };
        Relationships: [];
      };
    };
    Views: { [_ in never]: never };
    Functions: { [_ in never]: never };
    Enums: { [_ in never]: never };
  };
};

export const tables = ["notes"] as const;
