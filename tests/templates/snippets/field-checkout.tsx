import { Controller, useForm } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import * as z from "zod";
import { CreditCardIcon, SearchIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { ButtonGroup } from "@/components/ui/button-group";
import { Checkbox } from "@/components/ui/checkbox";
import {
  Field,
  FieldDescription,
  FieldError,
  FieldGroup,
  FieldLabel,
  FieldLegend,
  FieldSeparator,
  FieldSet,
} from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { InputGroup, InputGroupAddon, InputGroupButton, InputGroupInput } from "@/components/ui/input-group";
import { Spinner } from "@/components/ui/spinner";
import { Item, ItemActions, ItemContent, ItemDescription, ItemMedia, ItemTitle } from "@/components/ui/item";

const schema = z.object({
  name: z.string().min(3, "Enter the name on the card."),
  number: z.string().regex(/^[0-9 ]{12,19}$/, "Enter a card number."),
});

export default function FieldCheckout() {
  const form = useForm<z.infer<typeof schema>>({ resolver: zodResolver(schema), defaultValues: { name: "", number: "" } });

  return (
    <div className="w-full max-w-md">
      <form onSubmit={form.handleSubmit((data) => console.log(data))}>
        <FieldGroup>
          <FieldSet>
            <FieldLegend>Payment Method</FieldLegend>
            <FieldDescription>All transactions are secure and encrypted</FieldDescription>
            <FieldGroup>
              <Controller
                name="name"
                control={form.control}
                render={({ field, fieldState }) => (
                  <Field data-invalid={fieldState.invalid}>
                    <FieldLabel htmlFor="card-name">Name on Card</FieldLabel>
                    <Input {...field} id="card-name" aria-invalid={fieldState.invalid} placeholder="Evil Rabbit" />
                    {fieldState.invalid && <FieldError errors={[fieldState.error]} />}
                  </Field>
                )}
              />
              <Controller
                name="number"
                control={form.control}
                render={({ field, fieldState }) => (
                  <Field data-invalid={fieldState.invalid}>
                    <FieldLabel htmlFor="card-number">Card Number</FieldLabel>
                    <InputGroup>
                      <InputGroupInput {...field} id="card-number" aria-invalid={fieldState.invalid} />
                      <InputGroupAddon align="inline-end">
                        <CreditCardIcon />
                      </InputGroupAddon>
                    </InputGroup>
                    <FieldError errors={[fieldState.error]} />
                  </Field>
                )}
              />
            </FieldGroup>
          </FieldSet>
          <FieldSeparator />
          <Field orientation="horizontal">
            <Checkbox id="same-as-shipping" defaultChecked />
            <FieldLabel htmlFor="same-as-shipping" className="font-normal">
              Same as shipping address
            </FieldLabel>
          </Field>
          <Item variant="outline" size="sm">
            <ItemMedia variant="icon">
              <SearchIcon />
            </ItemMedia>
            <ItemContent>
              <ItemTitle>Find a voucher</ItemTitle>
              <ItemDescription>We look for one that fits.</ItemDescription>
            </ItemContent>
            <ItemActions>
              <Button size="sm" variant="outline" type="button">
                Search
              </Button>
            </ItemActions>
          </Item>
          <InputGroup>
            <InputGroupInput placeholder="Voucher" aria-label="Voucher" />
            <InputGroupAddon>
              <SearchIcon />
            </InputGroupAddon>
            <InputGroupAddon align="inline-end">
              <InputGroupButton>Apply</InputGroupButton>
            </InputGroupAddon>
          </InputGroup>
          <Field orientation="horizontal">
            <ButtonGroup>
              <Button type="submit" disabled={form.formState.isSubmitting}>
                {form.formState.isSubmitting && <Spinner />}
                Submit
              </Button>
              <Button variant="outline" type="button" onClick={() => form.reset()}>
                Cancel
              </Button>
            </ButtonGroup>
          </Field>
        </FieldGroup>
      </form>
    </div>
  );
}
