import { useId, useState, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { AuthForm, type Credentials } from "./AuthForm";
import { useAuth } from "./AuthProvider";
import { confirmAddress } from "./links";
import { problemOf } from "./problems";

type Change = Parameters<typeof supabase.auth.updateUser>[0];

/** Where people change what is known of them: their name, address and password. */
export function AccountPage() {
  const { user } = useAuth();
  const name: unknown = user?.user_metadata.full_name;
  const asName = ({ name: full_name }: Credentials): Change => ({ data: { full_name } });
  return (
    <div className="mx-auto w-full max-w-2xl space-y-8">
      <header className="space-y-1">
        <h1 className="text-3xl font-semibold tracking-tight">{texts.accountTitle}</h1>
        <p className="break-words text-muted-foreground">{user?.email}</p>
      </header>
      <Setting title={texts.name} intro={texts.nameIntro} done={texts.saved} change={asName}>
        {(save) => (
          <AuthForm
            name
            initial={{ name: typeof name === "string" ? name : "" }}
            submit={texts.saveName}
            busy={texts.saving}
            onSubmit={save}
          />
        )}
      </Setting>
      <Setting
        title={texts.email}
        intro={texts.emailIntro}
        done={texts.emailSent}
        change={({ email }) => ({ email })}
      >
        {(save) => <AuthForm email submit={texts.saveEmail} busy={texts.saving} onSubmit={save} />}
      </Setting>
      <Setting title={texts.password} intro={texts.passwordIntro} done={texts.saved} change={({ password }) => ({ password })}>
        {(save) => <AuthForm password="new" submit={texts.save} busy={texts.saving} onSubmit={save} />}
      </Setting>
      <Devices />
    </div>
  );
}

interface SectionProps {
  title: string;
  intro: string;
  children: ReactNode;
}

function Section({ title, intro, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Card>
        <CardContent className="grid gap-5 sm:grid-cols-[14rem_1fr] sm:gap-8">
          <div className="space-y-1">
            <h2 id={id} className="font-medium">
              {title}
            </h2>
            <p className="text-sm text-muted-foreground text-pretty">{intro}</p>
          </div>
          <div className="space-y-3">{children}</div>
        </CardContent>
      </Card>
    </section>
  );
}

type Save = (values: Credentials) => ReturnType<Parameters<typeof AuthForm>[0]["onSubmit"]>;

interface SettingProps {
  title: string;
  intro: string;
  /** What is said when it was changed. */
  done: string;
  change: (values: Credentials) => Change;
  children: (save: Save) => ReactNode;
}

function Setting({ title, intro, done, change, children }: SettingProps) {
  const [said, setSaid] = useState("");

  async function save(values: Credentials) {
    setSaid("");
    const { error } = await supabase.auth.updateUser(change(values), { emailRedirectTo: confirmAddress() });
    if (error) return problemOf(error);
    setSaid(done);
    return null;
  }

  return (
    <Section title={title} intro={intro}>
      {children(save)}
      <p role="status" className="text-sm text-muted-foreground empty:hidden">
        {said}
      </p>
    </Section>
  );
}

/** Ends the sessions of all devices, this one's too. */
function Devices() {
  const { signOut } = useAuth();
  return (
    <Section title={texts.devices} intro={texts.devicesIntro}>
      <Button type="button" variant="outline" className="w-full" onClick={() => void signOut("global")}>
        {texts.signOutEverywhere}
      </Button>
    </Section>
  );
}
