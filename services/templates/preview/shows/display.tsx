import { BellIcon, InboxIcon, PlusIcon, TerminalIcon, TriangleAlertIcon } from "lucide-react";

import {
  Accordion,
  AccordionContent,
  AccordionItem,
  AccordionTrigger,
  Alert,
  AlertDescription,
  AlertTitle,
  AspectRatio,
  Avatar,
  AvatarFallback,
  AvatarGroup,
  Badge,
  Button,
  Card,
  CardAction,
  CardContent,
  CardDescription,
  CardFooter,
  CardHeader,
  CardTitle,
  Carousel,
  CarouselContent,
  CarouselItem,
  CarouselNext,
  CarouselPrevious,
  Collapsible,
  CollapsibleContent,
  CollapsibleTrigger,
  Empty,
  EmptyContent,
  EmptyDescription,
  EmptyHeader,
  EmptyMedia,
  EmptyState,
  EmptyTitle,
  Item,
  ItemActions,
  ItemContent,
  ItemDescription,
  ItemMedia,
  ItemTitle,
  Progress,
  ResizableHandle,
  ResizablePanel,
  ResizablePanelGroup,
  ScrollArea,
  Separator,
  Skeleton,
} from "@/components/ui";

import type { Shows } from "../App";

const people = ["Ada Lovelace", "Alan Turing", "Grace Hopper"];

export const display: Shows = {
  card: () => (
    <Card>
      <CardHeader>
        <CardTitle>Team plan</CardTitle>
        <CardDescription>For up to twelve people.</CardDescription>
        <CardAction>
          <Button size="sm" variant="outline">
            Change
          </Button>
        </CardAction>
      </CardHeader>
      <CardContent>Everything of the small plan, and shared lists.</CardContent>
      <CardFooter className="gap-2">
        <Button>Take it</Button>
        <Button variant="ghost">Later</Button>
      </CardFooter>
    </Card>
  ),
  alert: () => (
    <div className="space-y-3">
      <Alert>
        <TerminalIcon />
        <AlertTitle>Heads up</AlertTitle>
        <AlertDescription>You can add components to your app.</AlertDescription>
      </Alert>
      <Alert variant="destructive">
        <TriangleAlertIcon />
        <AlertTitle>Not saved</AlertTitle>
        <AlertDescription>The network is gone.</AlertDescription>
      </Alert>
      <Alert variant="success">
        <AlertTitle>Saved</AlertTitle>
      </Alert>
      <Alert variant="warning">
        <AlertTitle>Nearly full</AlertTitle>
      </Alert>
    </div>
  ),
  badge: () => (
    <div className="flex flex-wrap gap-2">
      {(["default", "secondary", "outline", "destructive", "success", "warning"] as const).map((variant) => (
        <Badge key={variant} variant={variant}>
          {variant}
        </Badge>
      ))}
    </div>
  ),
  avatar: () => (
    <AvatarGroup>
      {people.map((name) => (
        <Avatar key={name}>
          <AvatarFallback>{name.replaceAll(/[a-z ]/g, "")}</AvatarFallback>
        </Avatar>
      ))}
    </AvatarGroup>
  ),
  item: () => (
    <Item variant="outline">
      <ItemMedia variant="icon">
        <BellIcon />
      </ItemMedia>
      <ItemContent>
        <ItemTitle>Notices</ItemTitle>
        <ItemDescription>By e-mail, once a day.</ItemDescription>
      </ItemContent>
      <ItemActions>
        <Button size="sm" variant="outline">
          Set
        </Button>
      </ItemActions>
    </Item>
  ),
  empty: () => (
    <Empty>
      <EmptyHeader>
        <EmptyMedia variant="icon">
          <InboxIcon />
        </EmptyMedia>
        <EmptyTitle>Nothing here yet</EmptyTitle>
        <EmptyDescription>Begin with your first list.</EmptyDescription>
      </EmptyHeader>
      <EmptyContent>
        <Button>
          <PlusIcon /> New list
        </Button>
      </EmptyContent>
    </Empty>
  ),
  "empty-state": () => <EmptyState title="No books yet" description="Add the first one with the form." />,
  accordion: () => (
    <Accordion type="single" collapsible defaultValue="one">
      <AccordionItem value="one">
        <AccordionTrigger>Is it accessible?</AccordionTrigger>
        <AccordionContent>Yes: by keyboard and screen reader.</AccordionContent>
      </AccordionItem>
      <AccordionItem value="two">
        <AccordionTrigger>Does it move?</AccordionTrigger>
        <AccordionContent>Unless you asked for less of that.</AccordionContent>
      </AccordionItem>
    </Accordion>
  ),
  collapsible: () => (
    <Collapsible>
      <CollapsibleTrigger asChild>
        <Button variant="outline">Show more</Button>
      </CollapsibleTrigger>
      <CollapsibleContent className="pt-2">More there is.</CollapsibleContent>
    </Collapsible>
  ),
  carousel: () => (
    <Carousel className="mx-12" aria-label="Numbers">
      <CarouselContent>
        {[1, 2, 3].map((number) => (
          <CarouselItem key={number} className="basis-1/2">
            <Card className="items-center text-2xl font-semibold">{number}</Card>
          </CarouselItem>
        ))}
      </CarouselContent>
      <CarouselPrevious />
      <CarouselNext />
    </Carousel>
  ),
  "aspect-ratio": () => (
    <AspectRatio ratio={16 / 5} className="rounded-lg bg-linear-to-br from-primary to-chart-2" />
  ),
  progress: () => <Progress value={62} aria-label="Uploaded" />,
  skeleton: () => (
    <div className="space-y-2">
      <Skeleton className="h-4 w-3/4" />
      <Skeleton className="h-4 w-1/2" />
    </div>
  ),
  separator: () => (
    <div className="flex h-6 items-center gap-3 text-sm">
      Blog <Separator orientation="vertical" /> Docs
    </div>
  ),
  "scroll-area": () => (
    <ScrollArea className="h-28 rounded-md border p-3 text-sm" aria-label="Numbers">
      {Array.from({ length: 20 }, (_, index) => (
        <p key={index}>Line {index + 1}</p>
      ))}
    </ScrollArea>
  ),
  resizable: () => (
    <ResizablePanelGroup direction="horizontal" className="h-24! rounded-lg border">
      <ResizablePanel defaultSize={40} className="p-4">
        List
      </ResizablePanel>
      <ResizableHandle withHandle />
      <ResizablePanel className="p-4">Detail</ResizablePanel>
    </ResizablePanelGroup>
  ),
};
