import { Button } from "@/components/ui";

export function Home() {
  return <Button>Go</Button>;
}
