import { Button } from "@/components/ui/button";

export function Home() {
  return <Button>Go</Button>;
}
