import { Rocket } from "lucide-react";

export function Home() {
  return <Rocket />;
}
