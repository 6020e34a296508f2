import { FormEvent, useEffect, useRef, useState } from "react";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { Bot, Send, User } from "lucide-react";
import { formatDistanceToNow } from "date-fns";
import { Avatar, AvatarFallback } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { ScrollArea } from "@/components/ui/scroll-area";
import { cn } from "@/lib/utils";

interface Message {
  id: number;
  role: "user" | "assistant";
  content: string;
  createdAt: Date;
}

export default function Chat() {
  const [messages, setMessages] = useState<Message[]>([
    { id: 1, role: "assistant", content: "**Hello!** I can make\n\n- lists\n- tables\n\n| a | b |\n|---|---|\n| 1 | 2 |", createdAt: new Date() },
  ]);
  const [input, setInput] = useState("");
  const bottomRef = useRef<HTMLDivElement>(null);

  useEffect(() => {
    bottomRef.current?.scrollIntoView({ behavior: "smooth" });
  }, [messages]);

  const send = (e: FormEvent) => {
    e.preventDefault();
    if (!input.trim()) return;
    setMessages((m) => [...m, { id: Date.now(), role: "user", content: input, createdAt: new Date() }]);
    setInput("");
  };

  return (
    <div className="flex h-[600px] flex-col border rounded-lg">
      <ScrollArea className="flex-1 p-4">
        {messages.map((m) => (
          <div key={m.id} className={cn("mb-4 flex gap-3", m.role === "user" && "flex-row-reverse")}>
            <Avatar>
              <AvatarFallback>{m.role === "user" ? <User className="h-4 w-4" /> : <Bot className="h-4 w-4" />}</AvatarFallback>
            </Avatar>
            <div className={cn("rounded-lg p-3 max-w-[80%]", m.role === "user" ? "bg-primary text-primary-foreground" : "bg-muted")}>
              <ReactMarkdown
                remarkPlugins={[remarkGfm]}
                components={{ ul: ({ node, ...props }) => <ul className="list-disc pl-4" {...props} /> }}
              >
                {m.content}
              </ReactMarkdown>
              <span className="text-xs opacity-80">{formatDistanceToNow(m.createdAt, { addSuffix: true })}</span>
            </div>
          </div>
        ))}
        <div ref={bottomRef} />
      </ScrollArea>
      <form onSubmit={send} className="flex gap-2 border-t p-4">
        <Input value={input} onChange={(e) => setInput(e.target.value)} placeholder="Type a message..." />
        <Button type="submit" size="icon" aria-label="Send">
          <Send className="h-4 w-4" />
        </Button>
      </form>
    </div>
  );
}
