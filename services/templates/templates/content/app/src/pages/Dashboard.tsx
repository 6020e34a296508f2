import { UserPlus } from "lucide-react";
import { lazy } from "react";
import { Link } from "react-router";

import { StatCard } from "@/components/dashboard/StatCard";
import { TeamShares } from "@/components/dashboard/TeamShares";
import { PageHeader } from "@/components/PageHeader";
import { SampleNotice } from "@/components/SampleNotice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { WhenSeen } from "@/core/WhenSeen";
import { activityOf, figuresOf } from "@/data/figures";
import { usePeople } from "@/data/people";
import { useProfile } from "@/data/profile";

// What is further down comes when it is seen; recharts alone weighs more than all the rest.
const RecentActivity = lazy(() =>
  import("@/components/dashboard/RecentActivity").then((part) => ({ default: part.RecentActivity })),
);
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
        <TeamShares people={items} />
        <WhenSeen className="min-w-0 lg:order-first lg:col-span-2" fallback={<Skeleton className="h-91 rounded-xl" />}>
          <Growth people={items} />
        </WhenSeen>
      </div>
      <WhenSeen fallback={<Skeleton className="h-72 rounded-xl" />}>
        <RecentActivity activities={activityOf(items)} />
      </WhenSeen>
    </div>
  );
}
