import { PageHeader } from "@/components/PageHeader";
import { Appearance } from "@/components/settings/Appearance";
import { ProfileForm } from "@/components/settings/ProfileForm";

export function SettingsPage() {
  return (
    <div className="mx-auto max-w-3xl space-y-6">
      <PageHeader title="Settings" intro="How this app knows you, and how it looks." />
      <ProfileForm />
      <Appearance />
    </div>
  );
}
