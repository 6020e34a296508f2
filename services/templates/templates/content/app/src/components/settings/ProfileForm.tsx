import { zodResolver } from "@hookform/resolvers/zod";
import { useId } from "react";
import { useForm } from "react-hook-form";
import { Link } from "react-router";
import { toast } from "sonner";
import { z } from "zod";

import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { Field, FieldDescription, FieldError, FieldGroup, FieldLabel } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { useProfile } from "@/data/profile";

const schema = z.object({
  name: z.string().trim().max(60, "A shorter name, please."),
  email: z.union([z.literal(""), z.email("That is no e-mail address.")]),
  pageSize: z.coerce.number<string>(),
});

export function ProfileForm() {
  const id = useId();
  const { profile, save } = useProfile();
  const { register, handleSubmit, formState } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { ...profile, pageSize: String(profile.pageSize) },
  });
  const { errors } = formState;
  const onSubmit = handleSubmit((values) => {
    save(values);
    toast.success("Saved");
  });

  return (
    <Card>
      <CardContent>
        <form onSubmit={onSubmit} noValidate>
          <FieldGroup>
            <Field data-invalid={Boolean(errors.name)}>
              <FieldLabel htmlFor={`${id}-name`}>Your name</FieldLabel>
              <Input id={`${id}-name`} autoComplete="given-name" aria-invalid={Boolean(errors.name)} {...register("name")} />
              <FieldDescription>The dashboard greets you by it.</FieldDescription>
              <FieldError errors={[errors.name]} />
            </Field>
            <Field data-invalid={Boolean(errors.email)}>
              <FieldLabel htmlFor={`${id}-email`}>E-mail address</FieldLabel>
              <Input
                id={`${id}-email`}
                type="email"
                autoComplete="email"
                aria-invalid={Boolean(errors.email)}
                {...register("email")}
              />
              <FieldError errors={[errors.email]} />
            </Field>
            <Field>
              <FieldLabel htmlFor={`${id}-size`}>People on a page</FieldLabel>
              <NativeSelect id={`${id}-size`} {...register("pageSize")}>
                {[10, 20, 50].map((size) => (
                  <option key={size}>{size}</option>
                ))}
              </NativeSelect>
            </Field>
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="text-sm text-muted-foreground text-pretty">
                {__HAS_TABLES__ ? <AccountLink /> : "Kept in this browser. Accounts come with the app’s database."}
              </p>
              <Button type="submit">Save</Button>
            </div>
          </FieldGroup>
        </form>
      </CardContent>
    </Card>
  );
}

function AccountLink() {
  return (
    <Link to="/account" className="text-primary underline underline-offset-4">
      Change your address or password
    </Link>
  );
}
