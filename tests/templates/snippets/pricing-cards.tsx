import { Check } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardFooter, CardHeader, CardTitle } from "@/components/ui/card";
import { HoverCard, HoverCardContent, HoverCardTrigger } from "@/components/ui/hover-card";
import { Label } from "@/components/ui/label";
import { Switch } from "@/components/ui/switch";
import { cn } from "@/lib/utils";

const plans = [
  { name: "Starter", price: 0, features: ["1 project", "Community support"] },
  { name: "Pro", price: 12, features: ["Unlimited projects", "Priority support", "Analytics"], popular: true },
  { name: "Team", price: 49, features: ["Everything in Pro", "SSO"] },
] as const;

export default function Pricing() {
  const [yearly, setYearly] = useState(false);
  return (
    <section className="py-16">
      <div className="flex items-center justify-center gap-3 mb-8">
        <Label htmlFor="billing">Monthly</Label>
        <Switch id="billing" checked={yearly} onCheckedChange={setYearly} />
        <span className={cn("text-sm", yearly && "font-bold")}>Yearly</span>
      </div>
      <div className="grid gap-8 md:grid-cols-3">
        {plans.map((plan) => {
          const popular = "popular" in plan && plan.popular;
          return (
            <Card key={plan.name} className={cn("flex flex-col", popular && "border-primary shadow-lg scale-105")}>
              <CardHeader>
                <div className="flex justify-between">
                  <CardTitle>{plan.name}</CardTitle>
                  {popular && <Badge>Most Popular</Badge>}
                </div>
                <CardDescription>
                  <span className="text-4xl font-bold text-foreground">${yearly ? plan.price * 10 : plan.price}</span>
                  /{yearly ? "yr" : "mo"}
                </CardDescription>
              </CardHeader>
              <CardContent className="flex-1">
                <ul className="space-y-2">
                  {plan.features.map((f) => (
                    <li key={f} className="flex items-center gap-2">
                      <Check className="h-4 w-4 text-green-600" />
                      {f}
                    </li>
                  ))}
                </ul>
              </CardContent>
              <CardFooter>
                <Button className="w-full" variant={popular ? "default" : "outline"}>
                  Choose {plan.name}
                </Button>
              </CardFooter>
            </Card>
          );
        })}
      </div>
      <HoverCard>
        <HoverCardTrigger asChild>
          <Button variant="link">@nextjs</Button>
        </HoverCardTrigger>
        <HoverCardContent className="w-80">The React Framework.</HoverCardContent>
      </HoverCard>
      <a href="#contact" className={cn(buttonVariants({ variant: "secondary", size: "lg" }), "mt-4")}>
        Contact sales
      </a>
    </section>
  );
}
