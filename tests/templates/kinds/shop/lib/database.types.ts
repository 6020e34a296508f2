type Json = string | number | boolean | null | { [key: string]: Json } | Json[];

interface Price {
  sku: string;
  created_at: string;
  title: string;
  amount: number;
  free_from: number | null;
  available: boolean;
}

interface Order {
  id: string;
  created_at: string;
  user_id: string;
  lines: Json;
  delivery: string;
  address: Json;
  note: string;
  expected: number | null;
  delivery_amount: number;
  total: number;
  status: string;
}

export type Database = {
  public: {
    Tables: {
      orders: { Row: Order; Insert: Partial<Order>; Update: Partial<Order>; Relationships: [] };
      price_list: { Row: Price; Insert: Price; Update: Partial<Price>; Relationships: [] };
    };
    Views: { [_ in never]: never };
    Functions: { [_ in never]: never };
    Enums: { [_ in never]: never };
  };
};

export const tables = ["orders", "price_list"] as const;
