import { UserPlus } from "lucide-react";
import { lazy, Suspense } from "react";
import { Link } from "react-router";

import { RecentActivity } from "@/components/dashboard/RecentActivity";
import { StatCard } from "@/components/dashboard/StatCard";
import { TeamShares } from "@/components/dashboard/TeamShares";
import { PageHeader } from "@/components/PageHeader";
import { SampleNotice } from "@/components/SampleNotice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { activityOf, figuresOf } from "@/data/figures";
import { usePeople } from "@/data/people";
import { useProfile } from "@/data/profile";

// After the page is there: recharts weighs more than all the rest of it.
const Growth = lazy(() => import("@/components/dashboard/Growth").then((part) => ({ default: part.Growth })));

export function Dashboard() {
  const { items } = usePeople();
  const { profile } = useProfile();
  return (
    <div className="space-y-6">
      <PageHeader
        title={profile.name ? `Hello, ${profile.name}` : "Dashboard"}
        intro="What happened among your people lately."
      >
        <Button asChild>
          <Link to="/people?add">
            <UserPlus aria-hidden />
            Add person
          </Link>
        </Button>
      </PageHeader>
      <SampleNotice />
      <ul className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
        {figuresOf(items).map((figure) => (
          <li key={figure.label}>
            <StatCard {...figure} />
          </li>
        ))}
      </ul>
      <div className="grid gap-4 lg:grid-cols-3">
        <div className="min-w-0 lg:col-span-2">
          <Suspense fallback={<Skeleton className="h-91 rounded-xl" />}>
            <Growth people={items} />
          </Suspense>
        </div>
        <TeamShares people={items} />
      </div>
      <RecentActivity activities={activityOf(items)} />
    </div>
  );
}
