import { UserPlus } from "lucide-react";
import { Link } from "react-router";

import { Growth } from "@/components/dashboard/Growth";
import { RecentActivity } from "@/components/dashboard/RecentActivity";
import { StatCard } from "@/components/dashboard/StatCard";
import { TeamShares } from "@/components/dashboard/TeamShares";
import { PageHeader } from "@/components/PageHeader";
import { SampleNotice } from "@/components/SampleNotice";
import { Button } from "@/components/ui/button";
import { activityOf, figuresOf, growthOf } from "@/data/figures";
import { usePeople } from "@/data/people";
import { useProfile } from "@/data/profile";

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
          <Growth months={growthOf(items)} />
        </div>
        <TeamShares people={items} />
      </div>
      <RecentActivity activities={activityOf(items)} />
    </div>
  );
}
