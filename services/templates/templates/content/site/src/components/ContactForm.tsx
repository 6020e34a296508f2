import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";

import { Button } from "@/components/ui/button";
import { Form, FormControl, FormField, FormItem, FormLabel, FormMessage } from "@/components/ui/form";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { sendMessage, type Sent } from "@/site/send";

const schema = z.object({
  name: z.string().trim().min(1, "Please tell us your name."),
  email: z.email("Please give an address that we can answer to."),
  message: z.string().trim().min(10, "A few more words help us to answer well."),
});

const ANSWERS: Record<Sent, string> = {
  stored: "Thank you. Your message has arrived, and we will answer soon.",
  mail: "Your mail program has the message now. Please send it from there.",
};

/** Stores messages in the app's table `messages`, if there is one; else it writes them as a mail. */
export function ContactForm() {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: "", email: "", message: "" } });
  const [answer, setAnswer] = useState("");

  async function send(values: z.infer<typeof schema>) {
    setAnswer("");
    try {
      setAnswer(ANSWERS[await sendMessage(values)]);
      form.reset();
    } catch {
      form.setError("root", { message: "That did not work. Please try again, or write to us by mail." });
    }
  }

  const { isSubmitting, errors } = form.formState;
  return (
    <Form {...form}>
      <form noValidate onSubmit={form.handleSubmit(send)} className="space-y-6">
        <div className="grid gap-6 sm:grid-cols-2">
          <FormField
            control={form.control}
            name="name"
            render={({ field }) => (
              <FormItem>
                <FormLabel>Name</FormLabel>
                <FormControl>
                  <Input autoComplete="name" {...field} />
                </FormControl>
                <FormMessage />
              </FormItem>
            )}
          />
          <FormField
            control={form.control}
            name="email"
            render={({ field }) => (
              <FormItem>
                <FormLabel>E-mail</FormLabel>
                <FormControl>
                  <Input type="email" autoComplete="email" {...field} />
                </FormControl>
                <FormMessage />
              </FormItem>
            )}
          />
        </div>
        <FormField
          control={form.control}
          name="message"
          render={({ field }) => (
            <FormItem>
              <FormLabel>Message</FormLabel>
              <FormControl>
                <Textarea rows={7} {...field} />
              </FormControl>
              <FormMessage />
            </FormItem>
          )}
        />
        <Button type="submit" size="lg" disabled={isSubmitting}>
          {isSubmitting ? "Sending…" : "Send message"}
        </Button>
        <p role="status" className="text-sm font-medium">
          {answer}
        </p>
        {errors.root && (
          <p role="alert" className="text-sm text-destructive">
            {errors.root.message}
          </p>
        )}
      </form>
    </Form>
  );
}
